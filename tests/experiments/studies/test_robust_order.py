"""The study of the order of policies: each part turns one mechanism up from nothing."""

from functools import cache

import numpy as np
import pytest
import yaml

from experiments.plans.compose import CONFIGS, compose_settings
from experiments.studies.parts import make_parts
from sim.engine.run import simulate
from sim.log import RunLog

PARTS = tuple(yaml.safe_load((CONFIGS / "experiment" / "robust_order.yaml").read_text())["parts"])
TOWN = ("market.horizon_days=400", "market.warmup_days=60", "market.clients.arrivals_per_day=4", "market.pros.n=30")


@cache
def runs() -> dict[str, tuple[RunLog, RunLog]]:
    """By part: today's rule in a small town at the first and at the last level."""
    town = ["experiment=robust_order", "longest_window_months=6", "equivalence_margin=null", *TOWN]
    plan = make_parts(compose_settings("study", town))
    found = {}
    for part in plan.parts:
        jobs = [part.jobs()[level, part.options.studied, 0] for level in (0, len(part.points) - 1)]
        found[part.name] = tuple(simulate(job.market, job.arm, job.seed, job.replication) for job in jobs)
    return found


def same(one: RunLog, other: RunLog) -> bool:
    """Whether the same is asked for, offered and delivered, by the same people."""
    return all(np.array_equal(one.bookings[name], other.bookings[name]) for name in ("client", "pro", "outcome"))


@pytest.mark.parametrize("name", PARTS)
def test_every_part_begins_with_one_and_the_same_market_and_its_mechanism_acts_at_the_last_level(name: str) -> None:
    # requests.mode=dispatch and pair_share=0 are what the default market says
    today, _ = runs()["list"]
    first, last = runs()[name]
    assert same(first, today)
    assert not same(last, today)
