"""A small market whose log leaves something to be chosen."""

from functools import cache

from experiments.hindsight.logged import Logged, logged
from experiments.hindsight.plan import Hindsight, make_hindsight
from experiments.plans.compose import compose_settings
from sim.engine.run import simulate

SMALL = (
    *("market=minimal", "market.horizon_days=300", "market.warmup_days=20", "executor=serial", "replications=2", "seed=3"),
    *("market.clients.arrivals_per_day=4", "market.pros.n=12", "market.zones=2", "outcome_days=90", "temperatures=[.5]"),
    *("market.requests.max_offers=3", "market.pros.acceptance_share=.7", "effective_n=100", "arm=[uniform,oracle_proportional]"),
)


def hindsight(*overrides: str) -> Hindsight:
    return make_hindsight(compose_settings("offpolicy", [*SMALL, *overrides]))


@cache
def log_of(*overrides: str) -> Logged:
    """The first log of the small market."""
    found = hindsight(*overrides)
    market, arm = found.logging_market, found.control
    log = simulate(market, arm, 3, 0)
    return logged(log, market, 90.0, found.plan.options.control in found.plan.strict, (3, 0))
