"""History matching finds what was planted, keeps the truth, and says what contradicts what."""

import numpy as np
import pytest
from scipy.stats import qmc

from sim.worlds.matching import Conflict, Matched, along, match

WEIGHTS = np.array([[2, 1, 0, 0, 0, 0], [0, 0, 1.5, 0, -1, 0], [0, 0, 0, 1, 0, 0.5]])


def outputs(u):
    found = u @ WEIGHTS.T
    found[:, 0] += np.sin(3 * u[:, 2])
    return found


def planted(seed, n=1024, half=0.2):
    """A truth among candidates, and bands of which it lies somewhere in the middle half."""
    generator = np.random.default_rng(seed)
    truth = generator.uniform(size=(1, 6))
    points = np.vstack([qmc.Sobol(6, rng=generator).random(n), truth])
    middle = outputs(truth)[0] + generator.uniform(-half / 2, half / 2, 3)
    return points, np.column_stack([middle - half, middle + half]), generator


def matched(seed):
    points, bands, generator = planted(seed)

    def simulate(chosen):
        return outputs(points[chosen]) + generator.normal(0, 0.05, (len(chosen), 3))

    return points, bands, match(simulate, bands, points, 40, 2, seed)


@pytest.mark.parametrize("seed", range(5))
def test_the_truth_is_kept_and_most_of_the_rest_is_not(seed) -> None:
    points, bands, found = matched(seed)
    assert isinstance(found, Matched)
    assert len(points) - 1 in found.kept
    assert found.survived[-1] < 0.2
    # what is called plausible lies in the bands, or near them
    chosen = outputs(points[found.plausible(64)])
    inside = ((chosen >= bands[:, 0]) & (chosen <= bands[:, 1])).all(axis=1)
    assert inside.mean() > 0.6


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_is_kept_where_outputs_are_rough(seed) -> None:
    # a plane through waves would take them for luck, and be sure of what is wrong
    def waves(u):
        x = np.pi * (2 * u - 1)
        return np.column_stack([np.sin(x[:, 0]) + 3 * np.sin(x[:, 1]) ** 2 + u[:, 2], 2 * np.sin(x[:, 2]) + u[:, 3]])

    generator = np.random.default_rng(seed)
    truth = generator.uniform(size=(1, 6))
    points = np.vstack([qmc.Sobol(6, rng=generator).random(1024), truth])
    middle = waves(truth)[0] + generator.uniform(-0.2, 0.2, 2)
    bands = np.column_stack([middle - 0.2, middle + 0.2])
    found = match(lambda chosen: waves(points[chosen]) + generator.normal(0, 0.1, (len(chosen), 2)), bands, points, 80, 2, seed)
    assert isinstance(found, Matched)
    assert len(points) - 1 in found.kept
    assert found.survived[-1] < 0.3


def test_the_first_of_many_plausible_points_are_the_few() -> None:
    _, _, found = matched(3)
    assert isinstance(found, Matched)
    assert found.plausible(64)[:16] == found.plausible(16)
    assert 1 <= found.effective <= len(found.kept)


def test_bands_that_nothing_meets_are_a_conflict_that_names_target_and_input() -> None:
    points = qmc.Sobol(6, rng=np.random.default_rng(1)).random(1024)
    # the third output is at most 1.5
    bands = np.array([[1.0, 2.0], [0.0, 0.5], [2.5, 2.7]])
    found = match(lambda chosen: outputs(points[chosen]), bands, points, 48, 2, 1)
    assert isinstance(found, Conflict)
    assert list(found.reachable) == [True, True, False]
    assert found.closest[2] == pytest.approx(1.5, abs=0.1)
    assert found.movers[2] == (3, 5)
    # the nearest point has much of both inputs
    assert points[found.nearest, 3] > 0.8


def test_outputs_that_are_not_defined_somewhere_do_not_stop_it() -> None:
    points, bands, _ = planted(4)

    def simulate(chosen):
        found = outputs(points[chosen])
        found[::5, 1] = np.nan
        return found

    assert isinstance(match(simulate, bands, points, 48, 2, 4), Matched)


def test_an_output_that_is_hardly_ever_defined_is_refused_by_its_place() -> None:
    points, bands, _ = planted(4)

    def simulate(chosen):
        found = outputs(points[chosen])
        found[5:, 1] = np.nan
        return found

    with pytest.raises(ValueError, match="output 1 is defined in 5 of 48 runs, must be in >= 8"):
        match(simulate, bands, points, 48, 2, 4)


def test_neighbours_along_the_order_are_alike() -> None:
    points = np.random.default_rng(2).uniform(size=(200, 2)) * [10, 0.001]
    assert list(along(points)) == list(np.argsort(points[:, 0]))
