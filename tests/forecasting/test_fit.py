import warnings
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.planted import World, values_of, visits_of_world
from sim.arrays import Floats
from sim.calibration.histories import Histories, histories
from sim.forecasting.fit import FittedForm, distinct, every, fit_ending, fit_form, log_likelihoods, terms
from sim.forecasting.forms import Form
from tests.calibration.worlds import CDNOW_CALIBRATION, cdnow
from tests.forecasting.definitions import VALUES, at_truth, same


def cdnow_seen() -> Histories:
    return histories(cdnow(), int(np.datetime64(CDNOW_CALIBRATION).astype(np.int64)))


def planted(form: Form, n: int, seed: int) -> tuple[Histories, Floats]:
    """Histories of a planted file, and the true parameters on the log scale."""
    values = values_of(form, np.random.default_rng((1, seed)))
    world = World(form, values, n, 104, 0, seed=seed)
    return histories(visits_of_world(world), world.until_day), np.log([values[name] for name in form.free])


def test_bg_nbd_on_cdnow_is_the_published_one() -> None:
    """Fader, Hardie & Lee (2005), table 2."""
    found = fit_form(Form("bg"), cdnow_seen())
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert list(found.values.values()) == pytest.approx([0.243, 4.414, 0.793, 2.426], rel=0.01)
    assert found.n == 2357
    assert found.aic == pytest.approx(8 + 2 * 9582.4, abs=0.1)


def test_pareto_nbd_on_cdnow_is_the_published_one() -> None:
    """Fader, Hardie & Lee (2005), table 2, and the log likelihood of its section 5."""
    found = fit_form(Form("pareto"), cdnow_seen())
    assert found.log_likelihood == pytest.approx(-9595.0, abs=0.05)
    assert list(found.values.values()) == pytest.approx([0.553, 10.578, 0.606, 11.669], rel=0.01)


@pytest.mark.parametrize("ending", ["bg", "mbg", "pareto"])
def test_likelihoods_are_those_of_a_public_package(ending: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lifetimes = pytest.importorskip("lifetimes", reason="make setup installs what forecasts are compared with")
    seen, form = cdnow_seen(), Form(ending)
    x, t, age, ones = seen.repeats, seen.recency, seen.age, np.ones(len(seen))
    for rate_shape, rate_weeks, factor in ((0.25, 4.4, 1.0), (1.5, 20.0, 0.5), (0.6, 3.0, 3.0)):
        ends = [factor * value for value in VALUES[ending].values()]
        at = np.log([rate_shape, rate_weeks, *ends])
        if ending == "pareto":
            theirs = lifetimes.ParetoNBDFitter._conditional_log_likelihood(np.exp(at), x, t, age).sum()
        else:
            fitter = {"bg": lifetimes.BetaGeoFitter, "mbg": lifetimes.ModifiedBetaGeoFitter}[ending]
            theirs = -len(seen) * fitter._negative_log_likelihood(at, x, t, age, ones, 0.0)
        assert log_likelihoods(form, at, seen).sum() == pytest.approx(float(theirs), abs=1e-4)


@pytest.mark.parametrize("form", [Form("bg"), Form("mbg", "varied"), Form("pareto", "common")], ids=lambda form: form.name)
def test_known_parameters_are_recovered_with_intervals_that_cover(form: Form) -> None:
    """Four files each; ``make forecasts`` recovers every form from twenty."""
    errors = []
    for seed in range(4):
        seen, truth = planted(form, 800, seed)
        found = fit_form(form, seen, truth)
        assert not found.at_bound
        errors.append((found.at - truth) / np.sqrt(np.diag(found.covariance)))
    inside = np.abs(errors) < 1.96
    # of 16 to 24 intervals that depend on one another, one or two may miss; four would be rare luck
    assert (~inside).sum() <= 3, np.round(errors, 1)
    assert np.abs(errors).max() < 4.5
    # and they are no wider than they must be
    assert np.std(errors) > 0.5


@pytest.mark.parametrize("form", [Form("ageing", "varied"), Form("lapsing", "common")], ids=lambda form: form.name)
def test_forms_that_leave_more_doubt_know_how_little_they_know(form: Form) -> None:
    seen, truth = planted(form, 500, 1)
    found = fit_form(form, seen, truth)
    assert np.abs((found.at - truth) / np.sqrt(np.diag(found.covariance))).max() < 4
    assert found.log_likelihood >= log_likelihoods(form, truth, seen).sum() - 1


def test_alike_clients_are_counted_once_and_weighed() -> None:
    seen, _ = planted(Form("mbg"), 300, 5)
    some, weights = distinct(seen)
    assert len(some) < len(seen)
    assert weights.sum() == len(seen)
    at = Form("mbg").start()
    assert log_likelihoods(Form("mbg"), at, some) @ weights == pytest.approx(log_likelihoods(Form("mbg"), at, seen).sum())


def test_the_richest_regularity_that_says_more_is_taken() -> None:
    seen, _ = planted(Form("mbg", "varied"), 800, 2)
    assert fit_ending("mbg", seen).form.regularity == "varied"
    found = fit_ending("mbg", cdnow_seen())
    assert found.form.regularity == "poisson"
    assert "says no more than" in str(found.notes[0])


def test_a_parameter_at_the_end_of_its_range_is_said_to_be() -> None:
    # clients who never leave: weekly visits to the end, of all
    seen = same(200, [1.0] * 30, 30.5)
    assert fit_form(Form("mbg", "common"), seen).at_bound


def test_every_nth_client_stands_for_the_rest() -> None:
    seen = replace(same(10, [1.0], 4.0), age=np.arange(4.0, 14.0))
    assert every(seen, 4).age.tolist() == [4.0, 7.0, 10.0, 13.0]
    assert every(seen, 10) is seen


def test_points_are_drawn_as_likely_as_the_data_leave_them_within_their_range() -> None:
    form = Form("bg")
    low, high = np.array(form.bounds()).T
    covariance = np.diag([0.04, 0.01, 0.09, 0.25])
    points = FittedForm(form, form.start(), covariance, 0.0, 1).drawn(4_000, np.random.default_rng(1))
    assert points.mean(axis=0) == pytest.approx(form.start(), abs=0.03)
    assert points.std(axis=0) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.05)
    far = FittedForm(form, high, covariance, 0.0, 1).drawn(100, np.random.default_rng(1))
    assert ((far >= low) & (far <= high)).all()


def test_the_share_who_stay_falls_with_silence() -> None:
    form = Form("mbg", "common")
    at = at_truth(form, {"rate_shape": 1.0, "rate_weeks": 6.0, "gap_shape": 6.0, **VALUES["mbg"]}).at
    alive = [terms(form, at, same(1, [4.0] * 5, 20.0 + idle)).alive[0] for idle in (0.0, 4.0, 8.0, 30.0)]
    assert alive == sorted(alive, reverse=True)
    assert alive[-1] < 0.01
