import numpy as np
import pytest

from sim.calibration.taste import felt_late_share, matching_taste, stay_by_pro, stay_moments
from sim.rules import pro_sd
from tests.worlds import market

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
