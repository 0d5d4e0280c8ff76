"""The page of a study of several parts in other languages: nothing stays English, and no number changes."""

from dataclasses import replace

import numpy as np
import pytest

from sim.report.answers.page import AnswersPage, AnswersRecord, Simulated, answers_document, sections_of
from sim.report.assumptions import OF_A_STUDY
from sim.report.part import Part
from sim.said import number, say
from sim.words.language import speaking
from tests.report.answers.interplay.test_noise import N
from tests.report.answers.interplay.test_surface import surface
from tests.report.answers.programmes.test_budget import budget_parts
from tests.report.answers.threshold_map.test_regimes import part as regimes
from tests.report.answers.threshold_map.test_regimes import regime
from tests.report.languages import bypassing, check_language, in_marks
from tests.report.parts import made

NAMES = "uniform eins zwei oracle today points recovery free python experiments study ladder surface scores sensitivity town"
FACTORS = {"stay.late": [0, -1.5], "clients.one_time_share": [0.43, 0.53]}
GROWTH = {"arm.allocator.strength": [0, 1], "economics.payback_bookings": [2, 5]}


def turned(name: str, rival: list[float]) -> Part:
    """A part of the section on the order of policies: a rival that falls behind, with luck that hides it in between."""
    rates = {"uniform": [0.28] * 3, "today": [0.29] * 3, "eins": rival}
    value = "net_contribution_per_client_24m_eur"
    metrics = {value: {arm: [100 * one for one in column] for arm, column in rates.items()}}
    factors = {"stay.late": [0, -1, -1.5]}
    return made(rates, name=name, sections=("order",), factors=factors, metrics=metrics, noise={"eins": 0.002})


def every_part() -> dict[str, Part]:
    """Parts for every section of the page, with differences that are clear, some that are not, and none at all."""
    luck = np.random.default_rng(3)
    truth = np.clip(luck.normal(0.3, 0.06, (1, N, 60)), 0.05, 0.95)
    behind = luck.integers(8, 45, truth.shape).astype(float)
    columns = {"score_value": luck.binomial(behind.astype(int), truth) / behind, "score_truth": truth, "score_clients": behind}
    rates = {"uniform": 0.30, "today": 0.31, "zwei": 0.32, "oracle": 0.36, "eins": 0.305}
    steps = {
        "today": "captured by today's score",
        "zwei": "the session threshold",
        "oracle": "noise: a score is read from few clients",
    }
    pays = {"exposure_gini": {"uniform": 0.2, "today": 0.3, "eins": 0.4, "fidelity_raw": 0.25}}
    both = {"uniform": 400.0, "today": 410.0, "points": 425.0, "uniform_points": 402.0}
    budget, bought = budget_parts()
    return {
        "ladder": made(rates, name="ladder", sections=("ladder", "payback"), steps=steps, noise={"eins": 0.001}),
        "capacity": made({"uniform": 0.30, "today": 0.31, "oracle": 0.38}, name="capacity", sections=("ladder.capacity",)),
        "surface": surface([0.30, 0.30, 0.31, 0.305, 0.32, 0.33], sections=("surface", "ladder.delays", "payback.settings")),
        "shrinkage": made(
            {"uniform": [0.3] * 3, "eins": [0.30, 0.305, 0.31]},
            name="shrinkage",
            sections=("surface.shrinkage",),
            studied="eins",
            factors={"arm.allocator.strength": [0, 4, 8.5]},
            metrics={"exposure_gini": {"eins": [0.30, 0.35, 0.41]}},
        ),
        "growth": made(
            {"today": [0.3] * 4},
            name="growth",
            sections=("payback.growth",),
            control="",
            factors=GROWTH,
            noise={"today": 1.0},
            metrics={"new_clients_per_month": {"today": [700.0, 100.0, 800.0, 150.0]}},
            base={"arm.allocator.strength": 1, "economics.payback_bookings": 3},
        ),
        "stages": made(
            {"uniform": [0.3] * 2, "today": [0.31] * 2, "eins": [0.32] * 2},
            name="stages",
            sections=("payback.stages",),
            factors={"economics.payback_bookings": [2, 5]},
            metrics={"new_clients_per_month": {"eins": [430.0, 380.0]}},
        ),
        "scores": made(
            {"today": 0.30, "eins": 0.31, "fidelity_raw": 0.29},
            name="scores",
            sections=("scores", "noise", "payback.settings"),
            control="today",
            metrics=pays,
            scores={"fidelity_raw": columns},
        ),
        "rules": made(
            {"uniform": 0.30, "today": 0.31},
            name="rules",
            sections=("rules",),
            metrics=pays,
            descriptions={"uniform": "Everybody is equally visible."},
        ),
        "sensitivity": made(
            {"uniform": [0.3] * 4, "today": [0.31, 0.32, 0.29, 0.33]},
            name="sensitivity",
            sections=("sensitivity", "payback.settings"),
            factors=FACTORS,
            base={"stay.late": -1.5},
        ),
        "budget": budget,
        "acquisition": bought,
        "interaction": made(
            dict.fromkeys(both, 0.3),
            name="interaction",
            sections=("interaction",),
            noise={"uniform_points": 0.5},
            metrics={"payback_clients_per_year": both},
        ),
        "drei": turned("drei", [0.30, 0.29, 0.28]),
        "vier": turned("vier", [0.31, 0.305, 0.30]),
        "acht": replace(regimes(regime, noise=0.2), name="acht"),
        "eins": made({"uniform": 0.3, "today": 0.31}, name="eins"),
        "zwei": made({"today": [0.3, 0.31]}, name="zwei", control="", factors={"stay.late": [0, -1.5]}),
    }


PAGE = AnswersPage(
    question="Is a hard threshold ever better than shrinkage?",
    decision_rule="Everybody is equally visible.",
    market="town",
    n_clients=12_000,
    n_pros=1_000,
    horizon_days=900.5,
    warmup_days=100,
    parts={"ladder": Simulated("uniform, today; stay.late {0, -1.5}", 1200, 6, 8)},
    assumptions=OF_A_STUDY,
    command="python -m experiments.study",
    seed=1,
    versions={"python": "3.11"},
    replications=1,
    quick=True,
    intensities={
        "points": say(
            "{key} = {value} ({eur} EUR a year in the search)",
            key="programmes.points.per_eur",
            value=number(1.25),
            eur=number(6002, ",.0f"),
        )
    },
)


def record() -> AnswersRecord:
    parts = {name: replace(part, question="Which threshold is best at which strength?") for name, part in every_part().items()}
    return AnswersRecord(PAGE, parts)


def test_every_word_of_the_page_and_its_charts_goes_through_the_catalogue() -> None:
    document = in_marks(lambda: answers_document(record()))
    assert len(document.figures) > 15
    assert not bypassing(document, NAMES)


@pytest.mark.parametrize(
    ("code", "heading", "words"), [("fr", "Ce qui a été simulé", "6\u202f002"), ("de", "Was simuliert wurde", "6.002")]
)
def test_the_page_is_of_its_language(code: str, heading: str, words: str) -> None:
    texts = check_language(code, lambda: answers_document(record()), heading)
    assert words in texts["report.html"]


def test_the_numbers_and_verdicts_do_not_depend_on_the_language() -> None:
    found, names = {}, {}
    for code in ("en", "fr", "de"):
        with speaking(code):
            sections = sections_of(record().parts)
        found[code] = repr([(s.name, one.metric, one.estimate, one.verdict) for s in sections for one in s.answers])
        names[code] = [figure.name for s in sections for figure in s.figures]
    assert found["en"] == found["fr"] == found["de"]
    assert names["en"] == names["fr"] == names["de"]
