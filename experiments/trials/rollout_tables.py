"""A planned rollout as tables for programs."""

import math
from typing import Any

from sim.report.rollout import RolloutFound
from sim.report.rule import Guardrail

ROLLOUT = (
    *("policy", "guardrail", "side", "limit", "fired_share", "low", "high", "warned_share", "median_week", "share_treated_then"),
    *("clients_exposed", "fewer_returning", "cost_eur", "cost_low", "cost_high"),
)
"""Fired: at an interval that holds at every look; warned: at the usual one. What is exposed and lost is until it fired, or
until the end; guardrail ``any``: all together; never stopped: ``none``."""


def rollout_rows(found: RolloutFound) -> list[tuple[Any, ...]]:
    """One row a policy and guardrail, all of them together first, and a last one without any; the control against itself too."""
    rows: list[tuple[Any, ...]] = []
    for rolled, (clients, fewer, eur) in found.never.items():
        for one in found.alarms:
            if one.rolled == rolled:
                rows.append(
                    (
                        one.policy,
                        *_columns(one.guardrail),
                        *(one.fired.estimate, one.fired.low, one.fired.high, one.warned, one.week, one.share),
                        *(one.clients, one.returned.estimate, one.cost_eur.estimate, one.cost_eur.low, one.cost_eur.high),
                    )
                )
        nothing = ("none", "", math.nan, 0.0, math.nan, math.nan, 0.0, math.nan, math.nan)
        rows.append((found.of(rolled).policy, *nothing, clients, fewer, eur.estimate, eur.low, eur.high))
    return rows


def _columns(one: Guardrail | None) -> tuple[str, str, float]:
    return ("any", "", math.nan) if one is None else (one.metric, one.side, one.limit)


def stages_of(found: RolloutFound | None) -> list[dict[str, Any]]:
    """The stages of a plan, for whoever rolls out; none where no rollout is planned."""
    if found is None:
        return []
    return [
        {
            "week": stage.week,
            "days": found.stage_days,
            "share": stage.share,
            "clients": round(stage.clients),
            "go_on_while": [
                {
                    "metric": one.metric,
                    f"{one.side}_at_most": one.limit,
                    "level": round(found.level, 6),
                    "fires_beyond_limit_by": None if math.isnan(stage.sees[one.metric]) else round(stage.sees[one.metric], 6),
                }
                for one in found.guardrails
            ],
        }
        for stage in found.stages
    ]
