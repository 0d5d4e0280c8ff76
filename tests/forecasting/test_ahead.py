import numpy as np
import pytest

from benchmarks.planted import FIRST_DAY, drawn
from sim.arrays import Floats
from sim.calibration.client_model import expected_visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import Histories, histories
from sim.forecasting.ahead import clients_drawn, look_ahead
from sim.forecasting.forms import Form
from sim.forecasting.kernels import count_visits
from tests.forecasting.definitions import VALUES, at_truth, same

BASE = {"rate_shape": 1.5, "rate_weeks": 12.0, "gap_shape": 4.0, "gap_shape_log_sd": 0.5}
WEEKS, AHEAD = 60, 26
FORMS = (
    Form("bg"),
    Form("mbg", "varied"),
    Form("pareto", "common"),
    Form("pareto", "varied"),
    Form("ageing", "common"),
    Form("lapsing", "common"),
)


def values_of(form: Form) -> dict[str, float]:
    known = BASE | VALUES[form.ending]
    return {name: known[name] for name in form.free}


def planted(form: Form, n: int, seed: int) -> tuple[Histories, Floats]:
    """Histories of new clients drawn from the definition, and what they then do."""
    random = np.random.default_rng(seed)
    visits = drawn(form, values_of(form), random.uniform(0, WEEKS, n), np.ones(WEEKS + AHEAD), random)
    until = FIRST_DAY + 7 * WEEKS - 1
    seen = histories(visits, until)
    return seen, np.bincount(visits.client[visits.day > until], minlength=n).astype(float)[seen.client]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_expected_visits_are_those_of_clients_drawn_from_the_definition(form: Form) -> None:
    """Of all, of those without a repeat, of the frequent, and of the long silent."""
    seen, true = planted(form, 40_000, 1)
    found = look_ahead(at_truth(form, values_of(form)), seen, np.arange(1.0, AHEAD + 1), 20, 2, np.random.default_rng(2), 0.0)
    idle = seen.age - seen.recency
    groups = {"all": idle >= 0, "new": seen.repeats == 0, "frequent": seen.repeats > 6, "silent": (idle > 20) & (seen.repeats > 1)}
    for name, group in groups.items():
        misses = true[group] - found.means[group]
        error = misses.std() / np.sqrt(group.sum())
        # days are whole, which moves a gap by up to half a day of some weeks
        assert abs(misses.mean()) < 3 * error + 0.005 * true[group].mean(), (name, misses.mean(), error)
    assert found.weekly.sum(axis=1).mean() == pytest.approx(true.sum(), rel=0.04)


def test_the_spread_of_counts_is_that_of_clients_drawn_from_the_definition() -> None:
    form = Form("mbg", "common")
    seen, true = planted(form, 6_000, 3)
    counts = look_ahead(
        at_truth(form, values_of(form)), seen, np.array([float(AHEAD)]), 40, 2, np.random.default_rng(4), 0.0
    ).counts
    shares = np.array([[(some == most).mean() for most in range(4)] for some in (true, counts)])
    assert shares[0] == pytest.approx(shares[1], abs=3 * np.sqrt(0.25 / len(true)))


@pytest.mark.parametrize("ending", ["bg", "mbg", "pareto"])
def test_runs_agree_with_closed_forms(ending: str) -> None:
    form, weeks = Form(ending), 39.0
    values = {"rate_shape": 0.6, "rate_weeks": 6.0, **VALUES[ending]}
    fitted, n_runs = at_truth(form, values), 4_000
    for gaps, age in (([], 30.0), ([3.0, 8.0], 14.0), ([2.0] * 12, 60.0)):
        seen, ends = same(1, gaps, age), np.array([weeks])
        one = fitted.form.values(fitted.at)
        if ending == "pareto":
            # Schmittlein, Morrison & Colombo (1987), equation 22, with the share who are still there counted
            alpha, beta, s = one["rate_weeks"], one["lifetime_weeks"], one["lifetime_shape"]
            here = np.array(
                [row[0, 0] > 0 for row in clients_drawn(fitted, fitted.at, seen, np.random.default_rng(1), n_runs)]
            ).mean()
            later = 1 - ((beta + age) / (beta + age + weeks)) ** (s - 1)
            expected = here * (0.6 + len(gaps)) * (beta + age) / ((alpha + age) * (s - 1)) * later
        else:
            model = ClientModel(0.6, 6.0, one["drop_a"], one["drop_b"], dropout_after_first=ending == "mbg")
            expected = float(expected_visits(model, seen, weeks)[0])
        found = look_ahead(fitted, seen, ends, n_runs, 1, np.random.default_rng(2), 0.0)
        counts = found.counts[0]
        # the share who stay has a sampling error of its own, as large again
        assert abs(counts.mean() - expected) < 3 * 1.5 * counts.std() / np.sqrt(n_runs), (gaps, counts.mean(), expected)
        assert found.weekly.sum() <= counts.sum() * 1.2 + 50


def test_clients_who_live_faster_come_more_often_on_average_as_often() -> None:
    form = Form("mbg")
    seen = same(3_000, [3.0, 4.0, 3.0, 5.0], 18.0)
    fitted = at_truth(form, values_of(form))
    ends = np.array([13.0])
    plain = look_ahead(fitted, seen, ends, 20, 1, np.random.default_rng(1), 0.0)
    varied = look_ahead(fitted, seen, ends, 20, 1, np.random.default_rng(1), 0.6)
    assert varied.counts.std() > plain.counts.std()
    assert varied.counts.mean() == pytest.approx(plain.counts.mean(), rel=0.05)
    assert varied.means == pytest.approx(plain.means)


def test_visits_fall_into_the_week_in_which_they_happen() -> None:
    # a client with hardly any spread of gaps: rate 1 a week, the next visit after half a week
    one = np.array([[1.0, 1e9, 0.5, 0.0, np.inf, 0.0, 0.0], [0.0] * 7])
    counts, weekly = np.zeros(2, np.int64), np.zeros(3)
    count_visits(np.random.default_rng(1), one, np.array([1.0, 2.0, 4.0]), np.ones(2), counts, weekly)
    assert counts.tolist() == [4, 0]
    assert weekly.tolist() == [1, 1, 2]
    # twice as fast: eight visits in as many weeks of the own clock
    count_visits(np.random.default_rng(1), one, np.array([1.0, 2.0, 4.0]), np.full(2, 2.0), counts, weekly)
    assert counts.tolist() == [8, 0]
    # a lifetime that ends after two and a half weeks
    one[0, 4] = 2.5
    weekly[:] = 0
    count_visits(np.random.default_rng(1), one, np.array([1.0, 2.0, 4.0]), np.ones(2), counts, weekly)
    assert weekly.tolist() == [1, 1, 0]
