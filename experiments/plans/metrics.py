"""The metric that a key of an experiment names."""

from collections.abc import Sequence

from experiments.plans.suggest import nearest
from sim.config import ConfigError
from sim.metrics.catalogue import METRICS, Metric


def find_metric(metrics: Sequence[Metric], key: str, name: str) -> Metric:
    """The metric of that name among those that are measured.

    Raises
    ------
    ConfigError
        There is none; ``key`` is where it was named.
    """
    for known in metrics:
        if known.name == name:
            return known
    names = [known.name for known in metrics]
    near = None if any(known.name == name for known in METRICS) else nearest(name, names)
    meant = f"did you mean {near}? It " if near else ""
    rule = f"must be a metric that longest_window_months leaves time for: {', '.join(names)}"
    raise ConfigError(f"{key} = {name!r}, {meant}{rule}")
