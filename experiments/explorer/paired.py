"""Setting B against setting A: paired by replication when both share their seeds."""

from dataclasses import dataclass

from experiments.explorer.gather import Finished
from sim.config import ConfigError
from sim.metrics.catalogue import METRICS
from sim.statistics.comparison import Comparison, compare

A, B = "A", "B"


@dataclass(frozen=True)
class Paired:
    """The studied arms of two settings, side by side."""

    comparison: Comparison
    """Arms A and B, A being the control: what charts and tables take."""
    n_left_out: int
    """Replications that only one of the two settings has."""


def pair(a: Finished, b: Finished) -> Paired:
    """The studied arm of B against that of A.

    Raises
    ------
    ConfigError
        The seeds differ, so that there are no pairs.
    """
    if a.seed != b.seed:
        raise ConfigError(
            f"seed = {b.seed}, must be {a.seed} as in A for paired differences: other seeds mean other clients and other luck"
        )
    n = min(a.n_replications, b.n_replications)
    known = [metric.name for metric in a.plan.metrics if metric in b.plan.metrics]
    values, curves = {}, {}
    for name, side in ((A, a), (B, b)):
        first = side.runs.first(n)
        measured = first.values(side.shown_arm)
        values[name] = {metric: measured[metric] for metric in known}
        curves[name] = first.curves(side.shown_arm)
    better = {metric.name: metric.better for metric in METRICS if metric.name in known}
    references = [name for name, side in ((A, a), (B, b)) if side.shown_arm in side.plan.references]
    return Paired(compare(values, A, better, curves, references=references), abs(a.n_replications - b.n_replications))


def what_differs(a: Finished, b: Finished) -> list[tuple[str, str, str]]:
    """Keys of the settings that differ, with A's and B's value; those that choose folders and processes are left out."""
    ours, theirs = _flat(a.settings), _flat(b.settings)
    skipped = ("out", "store", "workers", "executor")
    rows = []
    for key in sorted({*ours, *theirs}):
        if key.split(".")[0] not in skipped and ours.get(key) != theirs.get(key):
            rows.append((key, _word(ours, key), _word(theirs, key)))
    return rows


def _word(flat: dict[str, object], key: str) -> str:
    return str(flat[key]) if key in flat else "not there"


def _flat(node: object, prefix: str = "") -> dict[str, object]:
    if not isinstance(node, dict):
        return {prefix: node}
    found: dict[str, object] = {}
    for name, below in node.items():
        found |= _flat(below, f"{prefix}.{name}" if prefix else str(name))
    return found
