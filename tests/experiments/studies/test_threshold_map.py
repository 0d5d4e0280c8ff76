"""The study of where a threshold matters: its design, and that each trait of a market acts."""

from functools import cache

import numpy as np
import pytest
import yaml

from experiments.plans.compose import CONFIGS, compose_settings
from experiments.plans.plan import make_plan
from experiments.studies.factors import parse_factors, settings_at
from experiments.studies.parts import PartsPlan, make_parts
from experiments.studies.plan import StudyOptions
from sim.engine.run import simulate
from sim.statistics.regions import points_of, tiles

SPEC = yaml.safe_load((CONFIGS / "experiment" / "threshold_map.yaml").read_text())["parts"]["map"]
TOWN = ["market.horizon_days=500", "market.warmup_days=60", "market.clients.arrivals_per_day=4"]


@cache
def plan() -> PartsPlan:
    return make_parts(compose_settings("study", ["experiment=threshold_map"]))


def test_every_three_traits_come_in_all_combinations_in_eight_markets_each() -> None:
    (part,) = plan().parts
    design = part.study.design
    assert (len(design.points), len(design.factors)) == (64, 8)
    for three in (("turnover_of_pros", "offer_order", "score"), ("sessions_a_pro_and_week", "strength", "pros_adapt")):
        assert {int(points_of(design, tile).sum()) for tile in tiles(design, three)} == {8}


def test_arms_of_a_market_differ_in_what_a_score_waits_for_and_in_nothing_else() -> None:
    (part,) = plan().parts
    for point in part.points:
        arms = point.arms
        waits = {name: (arm.score.min_sessions, arm.score.min_clients_behind) for name, arm in arms.items()}
        assert waits == {"thirty_sessions": (30, 5), "no_threshold": (0, 1), "no_sessions": (0, 5)}
        assert len({arm.allocator for arm in arms.values()}) == 1
        assert len({arm.score.prior_clients for arm in arms.values()}) == 1


@cache
def town() -> dict:
    settings = compose_settings("study", ["arm=[fidelity_eb]", "longest_window_months=6", *TOWN])
    return {key: value for key, value in settings.items() if key != "factors"} | {"studied": "fidelity_eb"}


@pytest.mark.parametrize("name", SPEC["factors"])
def test_every_trait_acts(name: str) -> None:
    (factor,) = parse_factors(town() | {"factors": {name: SPEC["factors"][name]}}, "fidelity_eb")
    first, last = (make_plan(settings_at(town(), [factor], [level]), StudyOptions) for level in factor.levels)
    logs = [simulate(one.market, one.arms["fidelity_eb"], 1, 0) for one in (first, last)]
    assert not np.array_equal(logs[0].bookings["pro"], logs[1].bookings["pro"])
