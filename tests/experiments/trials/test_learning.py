"""Worlds beside the experiments of a lab, and what they say an experiment is worth."""

from types import MappingProxyType

import numpy as np
import pytest

from experiments.plans.compose import compose_settings
from experiments.trials.learning import VALUE, effects_in_worlds, learn, value_rows, with_worlds
from experiments.trials.plan import Lab, make_lab
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED
from sim.config import ConfigError
from sim.metrics.newcomers import OUTCOMES, PREFIX
from tests.charts.lab import design

FEW = ("days=100", "replications=3", "design=[client]", "shares=[]", "loads=[]", "bolder=null", "rollout.bad=null")


def lab(*overrides: str) -> Lab:
    return make_lab(compose_settings("lab", [*FEW, *overrides]))


def run(returned: float, eur: float, n: int = 50) -> MappingProxyType:
    """All newcomers alike."""
    columns = {PREFIX + name: np.zeros(n) for name in ("client", "zone", "day", "pro", *OUTCOMES)}
    return MappingProxyType(
        columns | {PREFIX + "returned_6m": np.full(n, returned), PREFIX + "contribution_6m_eur": np.full(n, eur)}
    )


def test_each_world_is_a_market_of_its_own_with_luck_of_its_own() -> None:
    # the worlds of this market are written down: nothing is simulated to find them
    found = with_worlds(lab("worlds=8"), None)
    assert list(found.beside)[:3] == ["world 0 all_control", "world 0 all_treated", "world 1 all_control"]
    assert len(found.beside) == 16
    jobs = found.jobs()
    assert [jobs[f"world {i} all_treated", 0].replication for i in range(3)] == [0, 1, 2]
    assert len({found.beside[f"world {i} all_control"].market.pros.n for i in range(8)}) > 4
    # they end when the last client of the experiment has been followed
    assert {one.market.horizon_days for one in found.beside.values()} == {found.plan.market.horizon_days}


def test_without_plausible_worlds_nothing_is_learnt() -> None:
    found = with_worlds(lab("worlds=0"), None)
    assert not found.beside
    assert learn(found, {ALL_CONTROL: [], ALL_TREATED: []}, ()) is None
    assert not with_worlds(lab("market=busy"), None).beside


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("worlds=4",), "worlds = 4, must be 0 or >= 8"),
        (("worlds=64", "market=busy"), "worlds = 64, needs a yaml that says what is uncertain about market=busy"),
        (("worlds=many",), "worlds"),
        (("decision_years=0",), "decision_years = 0"),
    ],
)
def test_worlds_that_cannot_be_are_refused(overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises((ConfigError, TypeError), match=said):
        lab(*overrides)


def test_an_experiment_is_worth_more_where_worlds_disagree_whether_an_arm_pays() -> None:
    found = with_worlds(lab("worlds=8"), None)
    runs = {ALL_CONTROL: [run(0.3, 10.0)] * 3, ALL_TREATED: [run(0.3, 10.0 + luck) for luck in (-0.1, 0.0, 0.1)]}
    for i in range(8):
        # half of the worlds gain 2 EUR and 4 points, half lose them
        sign = 1 if i % 2 else -1
        runs |= {f"world {i} all_control": [run(0.3, 10.0)], f"world {i} all_treated": [run(0.3 + sign * 0.04, 10.0 + sign * 2)]}
    differences, luck = effects_in_worlds(found, runs)
    # 50 new clients in 100 days: 2 EUR each are 1 EUR a day
    np.testing.assert_allclose(differences[:2], [[-0.04, -1.0], [0.04, 1.0]])
    np.testing.assert_allclose(luck[:, 1], [-0.05, 0.0, 0.05])
    designs = [design("client", sd=0.01), design("zone", sd=0.04)]
    learning = learn(found, runs, designs)
    assert learning.probability == 0.5
    good, poor = learning.designs
    # the mean is 0: nothing is lost by waiting, and at best 1.07 EUR a day (sd of the worlds, and of their mean) x .399 are won
    assert 0 < poor.value.estimate < good.value.estimate < 1.2 * 0.399 * 730
    assert good.value.low <= good.value.estimate <= good.value.high
    assert (good.cost, learning.best.name) == (pytest.approx(0), "client")
    assert [len(row) for row in value_rows(learning)] == [len(VALUE)] * 2
    assert len(good.nets) == len(learning.weeks)
