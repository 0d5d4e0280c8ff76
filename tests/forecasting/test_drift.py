import numpy as np
import pytest

from sim.forecasting.drift import WIDENED, came_back, changed_leaving, find_drift, find_step, one_side
from tests.forecasting.files import file, visits_from

NOTHING = [(13.0, 0.02), (26.0, -0.03)]


def test_forecasts_that_err_on_one_side_are_told_with_how_far() -> None:
    found = one_side([(13.0, 0.1), (26.0, 0.2), (39.0, 0.06)])
    # the mean logarithm is .12: 13 % too many
    assert "from each of 3 earlier days it would have forecast too many visits, 13 % on average" in str(found)
    assert "too few" in str(one_side([(13.0, -0.1)] * 3))
    # two days only, both sides, or too little to matter
    for errors in ([(13.0, 0.2)] * 2, [(13.0, 0.2), (13.0, 0.2), (13.0, -0.01)], [(13.0, 0.04)] * 4):
        assert one_side(errors) is None


def test_a_step_is_found_near_its_day_and_with_its_size() -> None:
    found = find_step(file(500, 728, 7, leave=0.08, faster_from=455, by=1.6), 727)
    assert found is not None
    day, change, (low, high) = found
    assert abs(day - 455) <= 91
    assert low < change < high
    assert 1.3 < change < 1.7
    assert find_step(file(500, 728, 8, leave=0.08), 727) is None


def test_more_who_stay_away_are_told() -> None:
    # a client leaves after a visit with probability .05 in the first half, .3 in the second
    random = np.random.default_rng(9)
    client, day = [], []
    for i in range(600):
        at = random.uniform(0, 1_000)
        while at < 1_200:
            client.append(i)
            day.append(int(at))
            if random.random() < (0.05 if at < 500 else 0.3):
                break
            at += random.gamma(3) * 7 + 1
    found = str(changed_leaving(visits_from(np.array(client), np.array(day)), 1_199))
    assert "stayed away for 182 days" in found
    assert changed_leaving(file(500, 1_200, 10), 1_199) is None
    assert changed_leaving(file(20, 300, 11), 299) is None


@pytest.mark.parametrize(("expected", "true", "told"), [(40.0, 80.0, True), (40.0, 50.0, False), (2.0, 6.0, False)])
def test_idle_clients_who_come_back_are_told_only_beyond_chance(expected: float, true: float, told: bool) -> None:
    assert (came_back([(expected, true), (1.0, 100.0)]) is not None) is told


def test_what_is_found_widens_the_interval_and_suggests_a_day() -> None:
    steady = file(400, 600, 12)
    assert find_drift(steady, 599, NOTHING, [(10.0, 11.0)]).widening == 1.0
    stepped = find_drift(file(500, 728, 7, leave=0.08, faster_from=455, by=1.6), 727, NOTHING, [])
    assert stepped.widening == WIDENED
    assert stepped.since_day is not None
    one_sided = find_drift(steady, 599, [(13.0, 0.2)] * 3, [])
    assert one_sided.since_day is None
    assert len(one_sided.words) == 1
