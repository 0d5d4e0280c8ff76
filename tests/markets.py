"""Small worlds for tests: markets, arms and finished runs, composed from ``configs/`` and kept for the whole session.

Composing by Hydra takes about a tenth of a second, so each composition is done once. Runs are kept too: several tests can read the
log of one run. Nobody may write into what these functions return.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog


@cache
def market(*overrides: str, preset: str = "minimal") -> Market:
    """A market of ``configs/market/<preset>.yaml``, with overrides such as ``clients.arrivals_per_day=5``."""
    return load_market(
        compose_settings("compare", [f"market={preset}", "arm=[uniform]", *(f"market.{line}" for line in overrides)])
    )


@cache
def _arms(names: tuple[str, ...], overrides: tuple[str, ...]) -> dict[str, Arm]:
    lines = (line if line.startswith("arms.") else f"arms.{name}.{line}" for line in overrides for name in names)
    return load_arms(compose_settings("compare", ["market=minimal", f"arm=[{','.join(names)}]", *dict.fromkeys(lines)]))


def arms(*names: str, overrides: Sequence[str] = ()) -> dict[str, Arm]:
    """Arms by name.

    Parameters
    ----------
    names
        Arms of ``configs/arm/`` (or allocators of ``configs/allocator/``).
    overrides
        ``arms.wecasa_2025.score.min_sessions=15`` for one arm, or ``score.min_sessions=15`` for all the arms named.
    """
    return dict(_arms(names, tuple(overrides)))


def arm(name: str, *overrides: str) -> Arm:
    """One arm, with overrides such as ``score.min_sessions=15``."""
    return _arms((name,), overrides)[name]


@lru_cache(maxsize=64)
def _run(market_json: str, arm: Arm, seed: int, replication: int) -> RunLog:
    return simulate(Market.model_validate_json(market_json), arm, seed, replication)


def run(market: Market, arm: Arm, seed: int = 1, replication: int = 0) -> RunLog:
    """The log of one run, simulated once a session for the same market, arm, seed and replication."""
    return _run(market.model_dump_json(), arm, seed, replication)
