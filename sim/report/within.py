"""A milder form of a policy that a guardrail holds back: how strong it may be, and what that gives up."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.metrics.catalogue import metric
from sim.report.format import difference, runs
from sim.report.rule import DecisionRule
from sim.statistics.intervals import Interval
from sim.words.language import t, within_sentence
from sim.words.units import label, plain


@dataclass(frozen=True)
class Within:
    """What was found when the strength of a policy was searched for at which it stays within every guardrail."""

    arm: str
    """The policy that is held back."""
    tried: Sequence[float]
    """Strengths that were looked at, increasing; the search halves what is left of them each time."""
    strength: float | None
    """The largest that was found to be surely within every guardrail; None: not even the smallest."""
    weighed: bool
    """Whether the policy has no strength of its own, so that its score is weighed by ``allocator=fidelity`` instead."""
    effect: Interval | None
    """Of that form against the control, in the primary metric."""
    given_up: Interval | None
    """By how much it falls short of the policy that is held back, in the primary metric."""
    given_up_per_year: Interval | None = None
    """The same of what the platform nets a year, in EUR."""


def within_sentence_of(found: Within, rule: DecisionRule) -> str:
    """Which strength stays within, what it brings, and what it gives up."""
    what = t("the score of {arm} weighed by allocator=fidelity", arm=found.arm) if found.weighed else found.arm
    if found.strength is None or found.effect is None or found.given_up is None:
        return t("No strength of {what} from {lowest} on stays within every guardrail.", what=what, lowest=plain(found.tried[0]))
    unit = metric(rule.primary).unit
    yearly = found.given_up_per_year
    more = f", {t('{yearly} a year', yearly=difference(yearly, 'eur'))}" if yearly is not None else ""
    return t(
        "Of {arm}, a milder form stays within every guardrail: {what}, with a strength of {strength}. Against the control it brings"
        " {metric} {effect}, and falls short of {arm} by {given_up} ({runs}).",
        arm=found.arm,
        what=what,
        strength=plain(found.strength),
        metric=within_sentence(label(metric(rule.primary))),
        effect=difference(found.effect, unit),
        given_up=difference(found.given_up, unit) + more,
        runs=runs(found.effect.n),
    )
