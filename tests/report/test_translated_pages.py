"""The pages of study, select and calibrate in other languages: nothing stays English."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from experiments.calibration.held_out import OTHERS, OWN
from experiments.selection.finish import finish_header
from experiments.selection.report import INTERVAL_NOTE
from sim.bookings.rows import ROWS, Issue
from sim.calibration.client_model import ClientModel
from sim.calibration.findings import Finding
from sim.calibration.forecast import Accuracy
from sim.calibration.likeness import FIGURES, PRO_RHO, STEPS, Check
from sim.forecasting.forms import DROPOUTS, REGULARITIES, Form
from sim.metrics.catalogue import metric
from sim.report.calibration import CalibrationPage, CalibrationRecord, HeldOut, calibration_document
from sim.report.document import Document
from sim.report.held_out import EarlierDay, HeldOutPage
from sim.report.sheet import SelectionRecord, Sheet, selection_document
from sim.report.study import StudyRecord, study_document
from sim.said import Said, number, say
from sim.statistics.designs import latin_hypercube
from sim.statistics.fractional import fractional_factorial
from sim.statistics.intervals import Interval
from sim.statistics.selection import Selected
from sim.statistics.sensitivity import Sensitivity
from sim.words.units import figures, gap, label_said
from tests.charts.messages import ROOT, in_code, placeholders
from tests.report.languages import bypassing, check_language, in_marks
from tests.report.test_study import DESIGN, page, responses

NAMES = (
    "wecasa minimal uniform eins zwei drei python experiments "
    "study select calibrate shop Shop numpy BG NBD MBG Pareto market compare"
)


def filled(text: str) -> Said:
    """A text with a number in each place."""
    return Said(text, dict.fromkeys(placeholders(text), number(1.5)))


def said_in(*paths: str) -> list[Said]:
    """All that the modules of some places say, filled."""
    modules = [module for path in paths for module in sorted(ROOT.glob(path))]
    return [filled(text) for module in modules for text in in_code(module)]


def study() -> Document:
    values = responses(0.002)
    shown = replace(
        page(values, "uniform"),
        question="",
        aliases=((("arm.allocator.strength", "arm.score.min_sessions"), ("arm.score.min_sessions", "economics.payback_bookings")),),
        design=fractional_factorial({name: [0, 1] for name in "abcde"}).name,
    )
    return study_document(StudyRecord(shown, "return_rate_6m", DESIGN, values))


def hypercube() -> Document:
    index = {name: Interval(0.4, 0.35, 0.45, 8) for name in ("arm.allocator.strength", "stay.late")}
    less = index | {"stay.late": Interval(0.1, 0.05, 0.15, 8)}
    found = Sensitivity(tuple(index), less, less, 0.9, 0.5, 64, 8)
    ranges = {name: [say("{low} to {high}", low=number(0.5), high=number(2.5))] for name in index}
    shown = replace(
        page(responses(0.0)),
        effects={},
        sensitivity={"return_rate_6m": found},
        factors=ranges,
        question="eins",
        design=latin_hypercube({"a": (0.0, 1.0)}, 4, 1).name,
    )
    return study_document(StudyRecord(shown, "return_rate_6m", None, np.zeros((1, 1))))


def selection() -> Document:
    mean, half = figures("hours", 1.25, 0.2)
    sheet = Sheet(
        title=say("Which policy is best in: {metric}?", metric=label_said(metric("hours_to_assign"))),
        about=say("Market {market}: {n} arms, each on the same random numbers; lower is better.", market="minimal", n=3),
        sentences=said_in("experiments/selection/*.py", "sim/statistics/*.py"),
        caption=INTERVAL_NOTE,
        header=finish_header(metric("hours_to_assign")),
        rows=[
            ("eins", say("{mean} ± {half}", mean=mean, half=half), "", number(1200, ","), say("best")),
            ("zwei", say("{mean} ± {half}", mean=mean, half=half), gap(0.25, "hours"), 7, say("left after {n}", n=7)),
        ],
        notes=(),
        command="python -m experiments.select",
        seed=1,
        versions={},
    )
    values = tuple(np.linspace(0.0, 1.0, n) + level for level, n in ((1.0, 12), (2.0, 8), (1.5, 12)))
    found = Selected(0, (12, 8, 12), ((0, 1, 2), (0, 2)), (1.5, 2.5, 2.0), say("no column"), True)
    return selection_document(SelectionRecord(sheet, ("eins", "zwei", "drei"), values, found, "hours_to_assign", 0.3))


def checks() -> list[Check]:
    verdicts = ("alike", "differs", "close", "cannot tell")
    found = [
        Check(one.name, one.label, 0.5 if one.shown == "share" else 3.0, 2.0, one.shown, 0.1, 0.05, 1200, verdicts[i % 4])  # type: ignore[arg-type]
        for i, one in enumerate(FIGURES)
    ]
    silent = Check("pro_rho", PRO_RHO, math.nan, 0.02, "mean", math.nan, math.nan, 0, "cannot tell")
    assert len(STEPS) == 4
    return [*found, silent]


def calibration() -> Document:
    cases = np.array([1.0, 2.0, 3.0, 3.0])
    shown = CalibrationPage(
        source="Shop",
        period=say("{first} to {last}", first="2017-01-02", last="2018-03-04"),
        market="shop",
        arm="uniform",
        model=ClientModel(1, 1, 1, 1, 2.0, 0.5, True, 0.1).name,
        log_likelihood=-1234.5,
        n_clients=4000,
        parameters=[("rate_shape", Interval(1.0, 0.5, 2.0, 40)), ("drop_a", Interval(1.0, math.nan, math.nan, 40))],
        forms=[(ClientModel(1, 1, 1, 1, lapse_share=0.1).name, -12.5, 33.0)],
        issues=[Issue(one, 1200, ROWS, one) for one in said_in("sim/bookings/rows.py")],
        found=[Finding("clients.gap_shape", 1, one) for one in said_in("sim/calibration/*.py")],
        untold=[("clients.channels", one) for one in said_in("sim/calibration/*.py")],
        checks=checks(),
        n_runs=8,
        held=HeldOutPage(
            day="2018-01-01",
            days=364,
            n_clients=1200,
            needs=True,
            true=3000.0,
            forecast=3100.0,
            low=2500.0,
            high=4000.0,
            lines=[(OWN, Accuracy(-0.1, 0.5, 1.0, 0.6)), *((name, Accuracy(0.2, 0.7, 1.1, math.nan)) for name in OTHERS.values())],
            coverage={0.5: 0.49, 0.8: 0.81, 0.95: 0.94},
            members=[(Form(ending, regularity).title, 0.1, 1.01) for ending in DROPOUTS for regularity in REGULARITIES],
            earlier=[EarlierDay("2017-06-01", 26.0, 1500.0, 1400.0)],
            at_bound=[(say("{form}, times changing", form="Pareto/NBD"), ["gap_shape"])],
            drift=said_in("sim/forecasting/drift.py"),
            since="2017-07-01",
        ),
        command="python -m experiments.calibrate",
        use="python -m experiments.compare market=shop",
        seed=1,
        versions={},
    )
    reads = dict.fromkeys(("second_gaps", "visits_per_client", "weekdays", "months"), cases)
    held = HeldOut(cases, {OWN: cases, OTHERS["past_rate"]: cases}, (cases, cases))
    return calibration_document(CalibrationRecord(shown, reads, reads, held))


PAGES = [
    (study, "Facteurs", "Faktoren"),
    (hypercube, "Facteurs", "Faktoren"),
    (selection, "Chiffres", "Zahlen"),
    (calibration, "Qualité des données", "Qualität der Daten"),
]


@pytest.mark.parametrize("make", [make for make, *_ in PAGES])
def test_every_word_goes_through_the_catalogue(make: Callable[[], Document]) -> None:
    assert not bypassing(in_marks(make), NAMES)


@pytest.mark.parametrize(("make", "french", "german"), PAGES)
def test_a_page_is_of_its_language(make: Callable[[], Document], french: str, german: str) -> None:
    check_language("fr", make, french)
    check_language("de", make, german)


def test_numbers_within_told_sentences_are_written_anew() -> None:
    texts = check_language("de", calibration, "Qualität der Daten")
    assert "MBG/NBD mit regelmäßigen Abständen und Aussetzern und Einmalkunden" in texts["report.html"]
    assert "angepasst 1,5 [1,5; 1,5]" in texts["report.html"]
    assert "2017-01-02 bis 2018-03-04" in texts["report.html"]
