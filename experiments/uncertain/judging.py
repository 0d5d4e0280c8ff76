"""What the runs of many worlds say about each policy: its effect over worlds, and in what share of them it is worth rolling out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.uncertain.runs import WorldRuns
from sim.arrays import Flags, Floats
from sim.metrics.catalogue import RETURN_RATE
from sim.report.rule import YEARLY, DecisionRule
from sim.statistics.intervals import Interval
from sim.worlds.effects import Luck, WorldEffects, beyond, over_worlds, regret, share_of_worlds
from sim.worlds.found import ArmOverWorlds, Verdict

SURE = 0.975
"""Probability from which a world says roll out, and up to 1 minus which it says do not: that of the rule's own intervals."""


@dataclass(frozen=True)
class Judged:
    """Policies in the same worlds."""

    arms: Mapping[str, ArmOverWorlds]
    payoffs: Floats
    """(n_worlds, 1 + n_policies) EUR a year against the control, whose own come first; luck taken out as far as it can be."""
    returned: Floats
    """The same for the share of new clients who come back."""
    policies: tuple[str, ...]
    control_regret: tuple[Interval, Interval]
    """What the control loses against the best arm of each world: mean, and mean of the worst tenth."""


def judge(
    runs: WorldRuns,
    arms: Sequence[str],
    references: frozenset[str],
    control: str,
    rule: DecisionRule,
    weights: Floats,
    luck: Mapping[tuple[str, str], Luck],
) -> Judged:
    """Every arm but the control over worlds.

    Parameters
    ----------
    luck
        By arm and metric, what replications of the base market say about the luck of one: for worlds with one replication each.
    """

    def over(arm: str, metric: str, seed: int = 0) -> WorldEffects | None:
        if metric not in runs.values[control]:
            return None
        differences = runs.differences(arm, control, metric)
        if np.isfinite(differences).any(axis=1).sum() < 2:
            return None
        return over_worlds(differences, weights, luck.get((arm, metric)), seed=seed)

    sign = 1.0 if rule.higher else -1.0
    found: dict[str, tuple[WorldEffects, Flags]] = {}
    held_back: dict[str, dict[str, Interval]] = {}
    for arm in arms:
        effects = over(arm, rule.primary)
        if effects is None:
            continue
        worth = beyond(effects, rule.signed_effect, "above" if rule.higher else "below")
        held_back[arm] = {rule.primary: share_of_worlds(~worth, weights)}
        for seed, one in enumerate(rule.guardrails, 1):
            guarded = over(arm, one.metric, seed)
            if guarded is not None:
                within = beyond(guarded, one.signed_limit, "below" if one.side == "up" else "above")
                worth = worth & within
                held_back[arm][one.metric] = share_of_worlds(~within, weights)
        found[arm] = (effects, worth)
    policies = tuple(arm for arm in found if arm not in references)
    zero = np.zeros(len(weights))
    matrix = np.column_stack([zero, *(sign * found[arm][0].worlds for arm in policies)])
    lost = regret(matrix, weights)
    where = {arm: i + 1 for i, arm in enumerate(policies)}
    nothing = Interval(float("nan"), float("nan"), float("nan"), len(weights))
    judged = {}
    for arm, (effects, worth) in found.items():
        i = where.get(arm)
        judged[arm] = ArmOverWorlds(
            arm=arm,
            is_reference=arm in references,
            primary=effects,
            yearly=over(arm, YEARLY),
            returned=over(arm, RETURN_RATE),
            raw=np.nanmean(runs.differences(arm, control, rule.primary), axis=1),
            probability=worth.mean(axis=0),
            share=share_of_worlds(worth, weights),
            held_back=held_back[arm],
            verdicts=tuple(_verdict(float(p)) for p in worth.mean(axis=0)),
            regret=lost.mean[i] if i is not None else nothing,
            worst_tenth_regret=lost.worst_tenth[i] if i is not None else nothing,
        )
    control_regret = (lost.mean[0], lost.worst_tenth[0])
    return Judged(judged, *_payoffs(judged, policies, zero), policies, control_regret)


def _verdict(probability_of_worth: float) -> Verdict:
    if probability_of_worth >= SURE:
        return "roll_out"
    return "do_not_roll_out" if probability_of_worth <= 1 - SURE else "discuss"


def _payoffs(judged: Mapping[str, ArmOverWorlds], policies: Sequence[str], zero: Floats) -> tuple[Floats, Floats]:
    def columns(what: str) -> Floats:
        known = [getattr(judged[arm], what) for arm in policies]
        return np.column_stack([zero, *(zero if one is None else one.worlds for one in known)])

    return columns("yearly"), columns("returned")
