"""A rollout as pages know it."""

from sim.report.rollout import Alarm, RolloutFound, Stage
from sim.report.rule import Guardrail
from sim.statistics.intervals import Interval

LATE = Guardrail("late_share", "up", 0.02)


def alarm(rolled, policy: str, guardrail: Guardrail | None, fired: float, **changes) -> Alarm:
    about = {"warned": 0.5, "week": 6.0, "share": 0.2, "clients": 300.0}
    return Alarm(
        rolled=rolled,
        policy=policy,
        guardrail=guardrail,
        fired=Interval(fired, max(fired - 0.1, 0), min(fired + 0.1, 1), 64),
        returned=Interval(9.0, 8, 10, 64),
        cost_eur=Interval(500.0, 400, 600, 64),
        by_week=(0.0, fired),
        warned_by_week=(0.1, 0.5),
        **(about | changes),
    )


def rollout(fired: float = 0.75, needs: tuple[Guardrail, float] | None = (LATE, 9.0)) -> RolloutFound:
    policies = (("bad", "worst_first", fired), ("treated", "wecasa_2025", 0.02), ("same", "uniform", 0.01))
    alarms = [alarm(rolled, policy, one, share) for rolled, policy, share in policies for one in (None, LATE)]
    return RolloutFound(
        guardrails=(LATE,),
        level=0.95,
        stages=(Stage(1, 0.05, 44.0, {"late_share": float("nan")}), Stage(2, 0.5, 400.0, {"late_share": 0.06})),
        stage_days=7.0,
        alarms=tuple(alarms),
        never={rolled: (1334.0, 39.0, Interval(2356.0, 2000, 2700, 64)) for rolled, _, _ in policies},
        needs=needs,
        n=64,
    )
