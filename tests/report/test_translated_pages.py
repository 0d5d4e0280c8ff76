"""The pages of study, select and calibrate in other languages: nothing stays English."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sim.calibration.findings import Finding
from sim.calibration.forecast import Accuracy
from sim.calibration.realism import FIGURES, STEPS, Check
from sim.calibration.visits import Issue
from sim.report import told
from sim.report.calibration import CalibrationPage, CalibrationRecord, HeldOut, calibration_document
from sim.report.document import Document
from sim.report.sheet import SelectionRecord, Sheet, selection_document
from sim.report.study import DESIGNS, StudyRecord, study_document
from sim.statistics.intervals import Interval
from sim.statistics.selection import Selected
from sim.statistics.sensitivity import Sensitivity
from tests.report.languages import bypassing, check_language, in_marks
from tests.report.test_study import DESIGN, page, responses

NAMES = "wecasa minimal uniform eins zwei drei python experiments study select calibrate shop Shop numpy BG NBD MBG market compare"


def filled(pattern: str) -> str:
    """A text as another layer writes it: a number in each place of its pattern."""
    return pattern.format_map(Fill())


class Fill(dict[str, str]):
    """A number for every name."""

    def __missing__(self, name: str) -> str:
        return "1.5"


def study() -> Document:
    values = responses(0.002)
    shown = replace(
        page(values, "uniform"),
        question="How do these factors act together?",
        aliases=((("arm.allocator.strength", "arm.score.min_sessions"), ("arm.score.min_sessions", "economics.payback_bookings")),),
        design=filled(DESIGNS[2]),
    )
    return study_document(StudyRecord(shown, "return_rate_6m", DESIGN, values))


def hypercube() -> Document:
    index = {name: Interval(0.4, 0.35, 0.45, 8) for name in ("arm.allocator.strength", "stay.late")}
    less = index | {"stay.late": Interval(0.1, 0.05, 0.15, 8)}
    found = Sensitivity(tuple(index), less, less, 0.9, 0.5, 64, 8)
    ranges = {name: ["0.5 to 2.5"] for name in index}
    shown = replace(page(responses(0.0)), effects={}, sensitivity={"return_rate_6m": found}, factors=ranges, question="eins")
    return study_document(StudyRecord(shown, "return_rate_6m", None, np.zeros((1, 1))))


def selection() -> Document:
    sheet = Sheet(
        title="Which policy is best in: Hours from request to acceptance?",
        about="Market minimal: 3 arms, each on the same random numbers; lower is better.",
        sentences=[filled(one) for one in told.SELECTION[6:16]],
        caption=f"Mean rating. {told.SELECTION[5].partition('. ')[2]}",
        header=["Arm", "Mean (hours)", "Behind the best", "Replications", "Finish"],
        rows=[("eins", "1.25 ± 0.20", "", "1,200", "best"), ("zwei", "1.50 ± 0.30", "+0.25 hours", "7", "left after 7")],
        notes=(),
        command="python -m experiments.select",
        seed=1,
        versions={},
    )
    values = tuple(np.linspace(0.0, 1.0, n) + level for level, n in ((1.0, 12), (2.0, 8), (1.5, 12)))
    found = Selected(0, (12, 8, 12), ((0, 1, 2), (0, 2)), (1.5, 2.5, 2.0), "", True)
    return selection_document(SelectionRecord(sheet, ("eins", "zwei", "drei"), values, found, "hours_to_assign", 0.3))


def checks() -> list[Check]:
    verdicts = ("alike", "differs", "close", "cannot tell")
    found = [
        Check(one.name, one.label, 0.5 if one.shown == "share" else 3.0, 2.0, one.shown, 0.1, 0.05, 1200, verdicts[i % 4])  # type: ignore[arg-type]
        for i, one in enumerate(FIGURES)
    ]
    label = "Correlation of new clients' return within pros"
    silent = Check("pro_rho", label, math.nan, 0.02, "mean", math.nan, math.nan, 0, "cannot tell")
    assert len(STEPS) == 4
    return [*found, silent]


def calibration() -> Document:
    cases = np.array([1.0, 2.0, 3.0, 3.0])
    shown = CalibrationPage(
        source="Shop",
        period="2017-01-02 to 2018-03-04",
        market="shop",
        arm="uniform",
        model="MBG/NBD with regular gaps and lapses and one-time clients",
        log_likelihood=-1234.5,
        n_clients=4000,
        parameters=[("rate_shape", Interval(1.0, 0.5, 2.0, 40)), ("drop_a", Interval(1.0, math.nan, math.nan, 40))],
        forms=[("BG/NBD and lapses", -12.5, 33.0)],
        issues=[Issue(filled(one), 1200, "rows", filled(one)) for one in told.QUALITY],
        found=[Finding("clients.gap_shape", 1, filled(one)) for one in told.SOURCES],
        untold=[("clients.channels", filled(one)) for one in told.SOURCES],
        checks=checks(),
        n_runs=8,
        holdout=filled(told.HELD_OUT[1]),
        forecasts=[("simulation, BG/NBD", Accuracy(-0.1, 0.5, 1.0, 0.6)), ("past rate goes on", Accuracy(0.2, 0.7, 1.1, math.nan))],
        command="python -m experiments.calibrate",
        use="python -m experiments.compare market=shop",
        seed=1,
        versions={},
    )
    reads = dict.fromkeys(("second_gaps", "visits_per_client", "weekdays", "months"), cases)
    held = HeldOut(cases, {"simulation": cases, "past rate goes on": cases}, (cases, cases))
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
