"""Does a policy answer in the right shape? Asked on a made-up first day, before the model is compiled, which takes its time.

In a process of its own: a policy may crash, or never come back. That must be reported as a failure of its run, and not happen to
the driver. Only the shape is judged, since the numbers of a day that never was say nothing; whatever else goes wrong, the run
itself tells.
"""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from experiments.execution.jobs import Job
from sim.allocators.base import weighs_requests
from sim.config import Market
from sim.engine.platform import Arm, PolicyError, as_numbers, check_scores, check_visibility
from sim.views import History, ProView, ScoreTable, frozen

PATIENCE_SECONDS = 20.0


def _column(values: Any) -> Any:
    return frozen(np.asarray(values))


def first_day(market: Market) -> tuple[History, ProView]:
    """What a score and an allocator see on a first day on which nothing has happened, everybody is there and works 20 hours."""
    n = market.pros.n
    none = _column(np.zeros(n, np.int64))
    counts: dict[str, Any] = {
        "completed_sessions": none,
        "cancelled_sessions": none,
        "late_sessions": none,
        "n_ratings": none,
        "rating_sum": none,
    }
    nobody, never = _column(np.zeros(0, np.int64)), _column(np.zeros(0))
    history = History(nobody, never, never, never, **counts, first_service=nobody, first_channel=nobody)
    unknown = ScoreTable(_column(np.full(n, np.nan)), _column(np.zeros(n, bool)), none)
    view = ProView(
        score=unknown,
        active=_column(np.ones(n, bool)),
        joined_days=_column(np.zeros(n)),
        weekly_hours=_column(np.full(n, 20.0)),
        **counts,
        new_clients=none,
        recent_offers=none,
        recent_bookings=none,
        n_stages=market.economics.payback_bookings + 1,
        uniforms=_column(np.full(n, 0.5)),
        true_return_propensity=_column(np.full(n, 0.3)),
    )
    return history, view


def shape_error(market: Market, arm: Arm) -> str:
    """What is wrong with the shape of an arm's answers, in the words that its run would fail with; empty for nothing."""
    history, view = first_day(market)
    try:
        if not weighs_requests(arm.allocator):
            weights = as_numbers(arm.allocator.visibility(view, 0.0), "visibility at day 0")  # type: ignore[union-attr]
            check_visibility(np.ones_like(weights), view.n_stages, view.n_pros, 0.0)
        table = arm.score(history, 0.0)
        if isinstance(table, ScoreTable):
            names = ("value", "counted", "clients_behind", "standard_error")
            columns: Any = {name: np.zeros_like(as_numbers(getattr(table, name), f"score.{name} at day 0")) for name in names}
            table = ScoreTable(**columns)
        check_scores(table, view.n_pros, 0.0)
    except PolicyError as error:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return ""
    return ""


def rehearse(jobs: Iterable[Job]) -> dict[str, str]:
    """By key of a run, what is wrong with the shape of its policies' answers; each arm and market is asked once."""
    first: dict[tuple[int, int], tuple[Job, Arm]] = {}
    for job in reversed(list(jobs)):
        for arm in (job.arm, *(() if job.trial is None else (job.trial.treated,))):
            first[id(job.market), id(arm)] = job, arm
    keys = [job.key for job, _ in first.values()]
    try:
        answers = subprocess.run(
            [sys.executable, "-P", "-c", "from experiments.execution.rehearsal import answer; answer()"],
            input=pickle.dumps([(job.market, arm) for job, arm in first.values()]),
            capture_output=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(str(Path(place).absolute()) for place in sys.path)},
            # an interrupt at the terminal is the driver's
            start_new_session=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        ).stdout
        found = json.loads(answers)
    except (subprocess.SubprocessError, pickle.PicklingError, ValueError, TypeError, AttributeError):
        return {}
    return {key: failure for key, failure in zip(keys, found, strict=True) if failure}


def answer() -> None:
    """The other process: arms and markets on standard input, what is wrong with each on standard output."""
    answers = os.dup(1)
    # whatever a policy prints is not an answer
    os.dup2(2, 1)
    found = [shape_error(market, arm) for market, arm in pickle.loads(sys.stdin.buffer.read())]  # noqa: S301
    os.write(answers, json.dumps(found).encode())
