"""Designs as charts and pages know them."""

from sim.estimators.performance import Performance
from sim.report.lab import DesignFound
from sim.statistics.intervals import Interval


def exactly(value: float, half: float = 0.001) -> Interval:
    return Interval(value, value - half, value + half, 64)


def design(name: str = "client", bias: float = 0.0, sd: float = 0.002, estimator: str = "difference", **changes) -> DesignFound:
    """A design that finds an effect of .006 with that bias."""
    shares = {"coverage": 0.95, "power": 0.8, "wrong_sign": 0.0, "wrong_decision": 0.0}
    found = Performance(
        truth=exactly(0.006),
        estimate=exactly(0.006 + bias),
        bias=exactly(bias),
        sd=sd,
        error=sd,
        days=182.0,
        n=64,
        **{key: exactly(changes.pop(key, value), 0.02) for key, value in shares.items()},
    )
    rest = {"unit": "client", "randomised": True, "clients": 2400.0, "exposed": 1200.0, "by_outcome": {"returned_6m": 30.0}}
    return DesignFound(design=name, estimator=estimator, found=found, **(rest | changes))
