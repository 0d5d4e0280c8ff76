import numpy as np
import pytest

from sim.report.answers.interplay.noise import agreement, noise_section, reversal, reversed_share, signal
from tests.report.parts import N, made


def test_a_good_pro_scores_below_a_bad_one_as_often_as_published() -> None:
    # fact E22: 22.2 %, 16.0 %, 5.2 %; one client each: the good one is lost and the bad one returns
    assert [round(100 * reversal(n), 1) for n in (12, 30, 100)] == [22.2, 16.0, 5.2]
    assert reversal(1) == pytest.approx(0.65 * 0.25)
    # two clients against one: below it with none or one of two back, if the other's one is back
    assert reversal(2, n_bad=1) == pytest.approx((1 - 0.35**2) * 0.25)


def test_signal_is_the_squared_correlation_of_pros_alike() -> None:
    truth = np.tile([0.2, 0.3, 0.4], 20)
    noise = np.repeat([0.1, -0.1], 30)
    (found,) = signal(truth + noise, truth, np.full(60, 12.0))
    # variances .02 / 3 of the truth, .01 of noise that is independent of it: .4
    assert found.share == pytest.approx(0.4)
    assert found.low < 0.4 < found.high
    assert (found.n_pros, found.clients) == (60, 12)
    # too few pros, or no score
    assert signal(truth[:20], truth[:20], np.full(20, 12.0)) == []
    assert signal(np.full(60, np.nan), truth, np.full(60, 12.0)) == []


def test_reversed_pairs_are_counted_within_a_replication() -> None:
    truth = np.array([[0.35, 0.25, 0.25], [0.35, 0.25, 0.25]])
    # the good pro scores above one of two, then below both; the last one has too many clients behind to stand for 12
    score = np.array([[0.3, 0.2, 0.4], [0.1, 0.2, 0.4]])
    found, expected = reversed_share(score, truth, np.full((2, 3), 12.0), 12)
    assert expected == pytest.approx(reversal(12))
    assert (found.estimate, found.n) == (0.75, 2)
    assert reversed_share(score, truth, np.array([[12, 12, 30], [12, 12, 30]]), 12)[0].estimate == 0.5
    assert reversed_share(score, truth, np.full((2, 3), 12.0), 100)[0].n == 0


def test_the_section_sets_theory_beside_simulation() -> None:
    luck = np.random.default_rng(3)
    truth = np.clip(luck.normal(0.3, 0.06, (1, N, 200)), 0.05, 0.95)
    clients = luck.integers(8, 45, truth.shape).astype(float)
    score = luck.binomial(clients.astype(int), truth) / clients
    columns = {"score_value": score, "score_truth": truth, "score_clients": clients}
    part = made({"today": 0.3, "fidelity_raw": 0.3}, name="scores", control="today", scores={"fidelity_raw": columns})
    section = noise_section(part)
    # rho = .06^2 / .21 = .017: 30 clients give 34 %
    thirty = next(cells for name, cells in section.tables[0].rows if name == "30 new clients")
    assert abs(float(thirty[0].text.removesuffix(" %")) - 34) <= 4
    assert thirty[1].text == "16.0 %"
    assert section.tables[0].rows[-1][1][2].text == "no such pros"
    # binomial noise is what theory is about: at 95 % one group in twenty may miss
    assert "misses it in 0 of" in section.sentences[0] or "misses it in 1 of" in section.sentences[0]


@pytest.mark.parametrize(
    ("missed", "groups", "word"),
    # of 9 groups two or more miss with a chance of 1 - .95^9 - 9 * .05 * .95^8 = .071, three or more with .008; one of one with .05
    [(0, 9, "agrees with"), (2, 9, "agrees with"), (3, 9, "disagrees with"), (9, 9, "disagrees with"), (2, 2, "disagrees with")],
)
def test_agreement_is_read_from_how_many_intervals_miss(missed: int, groups: int, word: str) -> None:
    assert agreement(missed, groups).startswith(
        f"Simulated signal {word} theory: its 95 % interval misses it in {missed} of {groups}"
    )


def test_a_score_of_something_else_disagrees_with_theory() -> None:
    luck = np.random.default_rng(3)
    truth = np.clip(luck.normal(0.3, 0.06, (1, N, 200)), 0.05, 0.95)
    clients = luck.integers(8, 45, truth.shape).astype(float)
    columns = {"score_value": truth + luck.normal(0, 0.01, truth.shape), "score_truth": truth, "score_clients": clients}
    part = made({"today": 0.3, "fidelity_raw": 0.3}, name="scores", control="today", scores={"fidelity_raw": columns})
    assert noise_section(part).sentences[0].startswith("Simulated signal disagrees with theory")
