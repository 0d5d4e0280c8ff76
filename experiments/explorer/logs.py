"""The log of a run of a finished comparison."""

from experiments.execution.logs import read_log
from experiments.explorer.gather import Finished
from sim.log import RunLog


def log_of(finished: Finished, arm: str, replication: int) -> RunLog:
    """The log of one run of a comparison."""
    return read_log(finished.store / finished.runs.keys[arm, replication], finished.plan.market, finished.plan.arms[arm])
