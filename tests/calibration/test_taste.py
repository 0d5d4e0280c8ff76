import numpy as np
import pytest

from sim.calibration.taste import felt_late_share, matching_taste, model_of_market, stay_by_pro, stay_moments, taste_logits
from sim.rules import pro_sd
from tests.markets import market

NO_EFFECTS = tuple(f"stay.{name}=0" for name in ("skill", "warmth", "advocacy", "late"))


def test_without_experiences_taste_is_the_probability_to_stay() -> None:
    plain = market(*NO_EFFECTS)
    mean, variance = stay_moments(0.7, 3.0, plain)
    # a Beta of mean .7 and size 3 has variance .21 / 4
    assert mean == pytest.approx(0.7, abs=1e-3)
    assert variance == pytest.approx(0.0525, rel=0.01)
    assert matching_taste(0.7, 3.0, plain) == pytest.approx((0.7, 3.0), rel=0.03)


def test_the_taste_found_gives_the_wanted_moments_with_experiences_on_top() -> None:
    world = market(preset="personal_care")
    mean, size = matching_taste(0.67, 0.83, world)
    assert stay_moments(mean, size, world) == pytest.approx((0.67, 0.67 * 0.33 / 1.83), abs=2e-4)
    # lateness and pros pull towards the middle, so tastes are more extreme than the wanted distribution
    assert mean > 0.67


def test_when_pros_alone_make_clients_differ_more_the_mean_still_fits() -> None:
    world = market(preset="personal_care")
    mean, size = matching_taste(0.6, 400.0, world)
    assert size > 100
    assert stay_moments(mean, size, world)[0] == pytest.approx(0.6, abs=0.02)


def test_the_spread_of_pros_and_the_lateness_felt_are_those_of_the_market() -> None:
    world = market(preset="personal_care")
    generator = np.random.default_rng(3)
    # skill .45, warmth .4, advocacy .3, correlation .4: .2025 + .16 + .09 + .8 * (.18 + .135 + .12) = .8005
    assert pro_sd(world) == pytest.approx(np.sqrt(0.8005), abs=2e-3)
    n = 400_000
    late = generator.random(n) < 1 / (1 + np.exp(-(np.log(0.14 / 0.86) + 0.7 * generator.standard_normal(n))))
    felt = late & (generator.exponential(15, n) > generator.exponential(3, n))
    assert felt_late_share(world) == pytest.approx(felt.mean(), abs=3 * np.sqrt(0.12 / n))


def test_what_belongs_to_the_pair_is_no_difference_between_pros() -> None:
    plain, half = (market(f"sessions.pair_share={share}", preset="personal_care") for share in (0, 0.5))
    (mean, sd), (mean_half, sd_half) = stay_by_pro(plain), stay_by_pro(half)
    # over clients and pros together nothing changes; between pros about sqrt(.5) of the spread is left
    assert mean_half == pytest.approx(mean, abs=1e-4)
    assert sd_half / sd == pytest.approx(np.sqrt(0.5), abs=0.02)
    assert stay_moments(0.7, 3.0, half) == stay_moments(0.7, 3.0, plain)


def test_the_model_of_a_market_is_the_one_that_it_was_fitted_with() -> None:
    base = market(preset="personal_care")
    # Beta(.9, 1.8): leaving with probability 1/3, of size 2.7
    mean, size = matching_taste(2 / 3, 2.7, base)
    keys = {"taste_mean": mean, "taste_size": size, "gap_shape": 5.0, "gap_shape_log_sd": 0.7, "rate_shape": 2.0}
    world = base.model_copy(update={"clients": base.clients.model_copy(update=keys)})
    found = model_of_market(world)
    assert (found.drop_a, found.drop_b) == pytest.approx((0.9, 1.8), rel=0.01)
    # scale .01 a day: 1 / .07 weeks
    assert (found.rate_shape, found.rate_weeks, found.gap_shape, found.gap_shape_log_sd) == pytest.approx((2, 1 / 0.07, 5, 0.7))
    assert found.dropout_after_first
    # nobody leaves but for what happens
    assert model_of_market(market("clients.taste_mean=1")).drop_a < 1e-5


def test_a_client_of_a_known_probability_to_leave_gets_the_taste_that_gives_it() -> None:
    world = market(preset="personal_care")
    leave = np.array([0.05, 0.4, 0.9])
    taste = taste_logits(leave, world)
    generator, n = np.random.default_rng(4), 400_000
    shift = pro_sd(world) * generator.standard_normal(
        n
    ) + world.stay.skill * world.sessions.quality_noise_sd * generator.standard_normal(n)
    shift += world.stay.late * (generator.random(n) < felt_late_share(world))
    for one, expected in zip(taste, leave, strict=True):
        stays = 1 / (1 + np.exp(-one - shift))
        # luck in 400,000 draws of a share, and .001 of the curve
        assert 1 - stays.mean() == pytest.approx(expected, abs=3 * stays.std() / np.sqrt(n) + 0.001)
    assert np.isfinite(taste_logits(np.array([0.0, 1.0]), world)).all()
