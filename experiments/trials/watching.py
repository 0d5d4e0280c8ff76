"""What the guardrails of a rollout would have said in simulated ones, week by week."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.trials.judging import Runs
from experiments.trials.plan import Lab, arms_of
from experiments.trials.rollout import BAD, SAME, TREATED, guardrails_of
from sim.arrays import Floats
from sim.estimators.watch import Watch, first_beyond, level_of_each, reach, usual_reach, watch
from sim.metrics.watched import WEEK_DAYS, exposed_until, shape_of, sums_until
from sim.report.rollout import Alarm, Rolled, RolloutFound, Stage
from sim.report.rule import Guardrail
from sim.statistics.intervals import mean_interval, wilson

ROLLED: Mapping[Rolled, str] = {"bad": BAD, "treated": TREATED, "same": SAME}


def judge_rollout(lab: Lab, runs: Mapping[str, Runs]) -> RolloutFound | None:
    """Every guardrail on every policy that was rolled out; None where no rollout is planned."""
    if SAME not in lab.beside:
        return None
    options = lab.plan.options.rollout
    guardrails = guardrails_of(options)
    shape = shape_of(lab.beside[SAME].trial.split(lab.plan.market, 2, 0))
    n_weeks, _ = shape
    week_shares = np.array(
        [options.shares[min(int(week * WEEK_DAYS // options.stage_days), shape[1] - 1)] for week in range(n_weeks)]
    )
    metrics = dict.fromkeys(one.metric for one in guardrails)
    seen = {
        rolled: {metric: [watch(sums_until(run, metric, shape)) for run in runs[name]] for metric in metrics}
        for rolled, name in ROLLED.items()
    }
    # what an interval is tightest for is set beforehand, from what rollouts of equal arms have told by their end
    best = {metric: max(float(np.mean([one.information[-1] for one in seen["same"][metric]])), 1.0) for metric in metrics}
    level = level_of_each(len(guardrails))
    control = np.array([exposed_until(run, n_weeks) for run in runs[SAME]])
    arms = dict(zip(("same", "treated"), arms_of(lab.plan), strict=True)) | {"bad": str(options.bad)}
    alarms: list[Alarm] = []
    never = {}
    for rolled, name in ROLLED.items():
        exposed = np.array([exposed_until(run, n_weeks) for run in runs[name]])
        # fewer clients who return and less money than of the same clients under the control; none of it is of fewer clients
        lost = control - exposed
        shown, fewer, eur = exposed[:, 0, -1].mean(), lost[:, 1, -1].mean(), mean_interval(lost[:, 2, -1])
        never[rolled] = (float(shown), float(fewer), eur)
        weeks = [_weeks(one, seen[rolled][one.metric], best[one.metric], level) for one in guardrails]
        together = [[_first(each) for each in zip(*kind, strict=True)] for kind in zip(*weeks, strict=True)]
        for guardrail, (fired, warned) in [(None, together), *zip(guardrails, weeks, strict=True)]:
            alarms.append(_alarm(rolled, arms[rolled], guardrail, fired, warned, exposed[:, 0], lost, week_shares))
    return RolloutFound(
        guardrails=guardrails,
        level=level,
        stages=_stages(options.shares, options.stage_days, control[:, 0].mean(axis=0), seen["same"], best, level),
        stage_days=float(options.stage_days),
        alarms=tuple(alarms),
        never=never,
        needs=_needs(guardrails, seen["bad"], best, level),
        n=len(control),
    )


Weeks = list[int | None]
"""Of each rollout, the week at whose end an alarm was raised; None: never."""


def _weeks(one: Guardrail, seen: Sequence[Watch], best: float, level: float) -> tuple[Weeks, Weeks]:
    """When a guardrail fired, and when the usual interval would have."""
    fired = [first_beyond(each.estimate, reach(each, best, level), one.side, one.limit) for each in seen]
    return fired, [first_beyond(each.estimate, usual_reach(each), one.side, one.limit) for each in seen]


def _first(weeks: Sequence[int | None]) -> int | None:
    return min((week for week in weeks if week is not None), default=None)


def _alarm(
    rolled: Rolled,
    policy: str,
    guardrail: Guardrail | None,
    fired: Weeks,
    warned: Weeks,
    shown: Floats,
    lost: Floats,
    week_shares: Floats,
) -> Alarm:
    n, n_weeks = shown.shape
    when = np.array([n_weeks if week is None else week for week in fired])
    until = np.minimum(when, n_weeks - 1)
    known = when[when < n_weeks]
    # the middle one of those that fired, not a mean of two weeks
    median = int(np.sort(known)[(len(known) - 1) // 2]) if len(known) else None
    rows = np.arange(n)
    return Alarm(
        rolled=rolled,
        policy=policy,
        guardrail=guardrail,
        fired=wilson(len(known) / n, n),
        warned=sum(week is not None for week in warned) / n,
        week=math.nan if median is None else float(median + 1),
        share=math.nan if median is None else float(week_shares[median]),
        clients=float(shown[rows, until].mean()),
        returned=mean_interval(lost[rows, 1, until]),
        cost_eur=mean_interval(lost[rows, 2, until]),
        by_week=_by_week(fired, n_weeks),
        warned_by_week=_by_week(warned, n_weeks),
    )


def _by_week(weeks: Weeks, n_weeks: int) -> tuple[float, ...]:
    return tuple(sum(one is not None and one <= week for one in weeks) / len(weeks) for week in range(n_weeks))


def _needs(
    guardrails: Sequence[Guardrail], seen: Mapping[str, Sequence[Watch]], best: Mapping[str, float], level: float
) -> tuple[Guardrail, float] | None:
    """Which guardrail needs the least more clients to fire by the end in half of the rollouts, and how many times as many.

    Intervals shrink with the square root of a market's size; the harm is the mean of what was seen.
    """
    found = []
    for one in guardrails:
        known = [each for each in seen[one.metric] if math.isfinite(each.estimate[-1])]
        if known:
            sign = 1 if one.side == "up" else -1
            beyond = float(np.mean([sign * each.estimate[-1] for each in known])) - one.limit
            half = float(np.mean([reach(each, best[one.metric], level)[-1] for each in known]))
            found += [(one, (half / beyond) ** 2)] if beyond > 0 else []
    return min(found, key=lambda one: one[1], default=None)


def _stages(
    shares: Sequence[float],
    days: float,
    shown: Floats,
    seen: Mapping[str, Sequence[Watch]],
    best: Mapping[str, float],
    level: float,
) -> tuple[Stage, ...]:
    ends = [min(math.ceil((stage + 1) * days / WEEK_DAYS), len(shown)) - 1 for stage in range(len(shares))]
    until = [0.0, *(float(shown[end]) for end in ends)]
    halves = {metric: _halves([reach(one, best[metric], level) for one in each], ends) for metric, each in seen.items()}
    return tuple(
        Stage(
            week=math.floor(stage * days / WEEK_DAYS) + 1,
            share=float(share),
            clients=until[stage + 1] - until[stage],
            sees={metric: half[stage] for metric, half in halves.items()},
        )
        for stage, share in enumerate(shares)
    )


def _halves(reaches: Sequence[Floats], ends: Sequence[int]) -> list[float]:
    """Mean half-width at some weeks' ends over the rollouts that have one by then; nan where fewer than half have."""
    found = []
    for end in ends:
        known = [float(one[end]) for one in reaches if math.isfinite(one[end])]
        found.append(float(np.mean(known)) if 2 * len(known) >= len(reaches) else math.nan)
    return found
