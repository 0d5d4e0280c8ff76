from dataclasses import dataclass, replace

import numpy as np
import pytest

from sim.arrays import Floats, Ints
from sim.config import ConfigError
from sim.shadow.past import Events, Firsts, Past, Sessions
from sim.shadow.shown import shown
from sim.views import ProView
from tests.markets import arm


@dataclass(frozen=True)
class PerRequest:
    def weights(self, request: object, candidates: Ints, pros: ProView) -> Floats:
        return np.ones(len(candidates))


@dataclass(frozen=True)
class AsDrawn:
    needs_uniforms = True

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        assert pros.uniforms is not None
        return pros.uniforms


def past(truth: Floats | None = None) -> Past:
    """Two pros and two refreshes, and nothing but two ratings of pro 1 between them: 5 and 3 stars."""
    nobody, never = np.zeros(0, int), np.zeros(0)
    return Past(
        refresh_days=np.array([0.0, 2.0]),
        active=np.ones((2, 2), bool),
        joined_days=np.zeros(2),
        weekly_hours=np.full(2, 40.0),
        firsts=Firsts(nobody, never, never, never, never, never, nobody, nobody),
        sessions=Sessions(np.array([1, 1]), np.array([1.0, 1.5]), np.zeros(2, bool), np.array([5, 3])),
        cancellations=Events(nobody, never),
        accepted=Events(nobody, never),
        offers=np.zeros((2, 2), int),
        truth=truth,
    )


def test_an_arm_sees_at_each_refresh_what_had_happened_until_then() -> None:
    tables = shown(past(), arm("rating_mean", "score.min_sessions=1"), 3)
    assert tables.shape == (2, 3, 2)
    assert (tables[0] == tables[0, 0, 0]).all(), "nobody was rated yet"
    assert (tables[1] > 0).all()


def test_a_reference_needs_the_truth_and_an_arm_that_weighs_requests_has_no_shadow() -> None:
    with pytest.raises(ConfigError, match=r"arm oracle: \w+ sees the truth about pros, which no log of a platform has"):
        shown(replace(past(np.array([[0.2, 0.4], [0.2, 0.4]])), truth=None), arm("oracle"), 2)
    truth = shown(past(np.array([[0.2, 0.4], [0.4, 0.2]])), arm("oracle"), 2)
    assert truth[0, 0].argmax() == 1
    assert truth[1, 0].argmax() == 0
    with pytest.raises(ConfigError, match="arm uniform: PerRequest weighs every single request"):
        shown(past(), replace(arm("uniform"), allocator=PerRequest()), 2)


def test_numbers_that_an_allocator_draws_follow_from_the_key_and_the_day() -> None:
    by_draw = replace(arm("uniform"), allocator=AsDrawn())
    tables = [shown(past(), by_draw, 1, luck) for luck in ((1, 0), (1, 0), (2, 0))]
    np.testing.assert_array_equal(tables[0], tables[1])
    assert (tables[0] != tables[2]).all()
    assert (tables[0][0] != tables[0][1]).all()
