"""Where the replications come from, and whether the warm-up is long enough, in words."""

import numpy as np
import pytest

from sim.report.settling import Settling, WantedPrecision, precision_sentence, warm_up_figure, warm_up_sentence
from sim.statistics.precision import Precision
from sim.statistics.warm_up import judge_warm_up

# 8 weeks at 3 and then around 1, as in the example of judge_warm_up: leave out 10 weeks
SETTLING = np.where(np.arange(100) < 8, 3.0, 1.0) + np.tile([0.1, -0.1], 50)
HOLED = np.where(np.arange(100) == 71, np.nan, SETTLING)


@pytest.mark.parametrize("days", [0.0, 70.0, 366.0])
def test_the_verdict_is_that_of_the_statistics_word_for_word(days: float) -> None:
    warm_up = judge_warm_up(SETTLING[None], days)
    said = warm_up_sentence(Settling(warm_up, "uniform", False))
    assert said == f"The return rate of each week's new clients: {warm_up.message}."


@pytest.mark.parametrize("series", [SETTLING[:30], np.arange(100.0), HOLED], ids=["short", "never settles", "nobody came"])
def test_what_cannot_be_judged_is_said_word_for_word_too(series: np.ndarray) -> None:
    warm_up = judge_warm_up(series[None], 366)
    assert warm_up.verdict == "cannot tell"
    said = warm_up_sentence(Settling(warm_up, "rating", True))
    assert said == (
        f"Difference of rating, which takes longest to settle, in the return rate of each week's new clients: {warm_up.message}."
    )


def test_the_figure_has_the_sentence_for_who_cannot_see_it() -> None:
    settling = Settling(judge_warm_up(SETTLING[None], 70), "rating", True)
    figure = warm_up_figure(settling)
    assert figure.name == "warm_up"
    assert figure.alt == warm_up_sentence(settling)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Precision(13, 8, 0.004, True, "precision reached"), "precision reached, with 13 replications (half-width 0.40 points)"),
        (
            Precision(20, 18, 0.004, True, "precision reached, look-ahead cut short by the cap of 20"),
            "precision reached, look-ahead cut short by the cap of 20, with 20",
        ),
        (
            Precision(20, None, 0.009, True, "precision not reached at the cap of 20"),
            "precision not reached at the cap of 20, with 20",
        ),
    ],
)
def test_why_there_are_so_many_replications(found: Precision, reason: str) -> None:
    text = precision_sentence(WantedPrecision("return_rate_6m", 0.005, found))
    assert text.startswith(
        "Replications were added until the half-width of every difference in return_rate_6m is at most 0.50 points: "
    )
    assert reason in text
