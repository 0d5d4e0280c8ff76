"""Can a real experiment show what a policy brings? A small run of the lab beside a comparison that says roll out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.metrics.catalogue import Unit
from sim.report.format import WEEKS_A_YEAR, difference, lasting
from sim.report.lab import UNITS, WEEK_DAYS, DesignFound, LabRecord, outcome_name
from sim.said import Value
from sim.words.language import listed, t, told
from sim.words.units import shift, whole

YEAR = WEEKS_A_YEAR * WEEK_DAYS
"""In days."""


@dataclass(frozen=True)
class Measurable:
    """What an experiment in this market would say about one policy."""

    arm: str | None
    """The policy to roll out; None: there is none."""
    lab: LabRecord | None = None
    """Designs that were tried; None: none could be."""
    why_not: Value = ""
    """Why no experiment can be simulated, as a clause."""
    room_days: float | None = None
    """Where a file leaves room only for experiments shorter than usual, how long they are."""


def measurable_sentences(found: Measurable) -> list[str]:
    """The answer, the most important first."""
    if found.arm is None:
        return [t("Can you measure this? There is nothing to roll out: nothing to test.")]
    if found.lab is None:
        return [
            t(
                "Can you measure this? No experiment with {arm} can be simulated here: {reason}.",
                arm=found.arm,
                reason=told(found.why_not),
            )
        ]
    lines = [_answer(found.arm, found.lab)]
    if found.room_days is not None:
        lines.append(
            t(
                "The file leaves room for experiments of {days} days, with 183 more to follow their clients; longer ones are"
                " reckoned from these.",
                days=whole(found.room_days),
            )
        )
    return lines


def _answer(arm: str, lab: LabRecord) -> str:
    best, unit, truth = lab.recommended, UNITS[lab.outcome], lab.designs[0].found.truth
    said = {"arm": arm, "outcome": outcome_name(lab.outcome), "truth": difference(truth, unit), "n": truth.n}
    if best is None:
        return t(
            "Can you measure this? No: what {arm} changes about {outcome} ({truth}) is told by none of the designs {designs}, of"
            " which {n} experiments each were simulated: all of them may mislead, or never find it.",
            designs=listed([one.name for one in lab.designs]),
            **said,
        )
    said |= {
        "design": best.name,
        "needed": lasting(best.weeks),
        "bias": difference(best.found.bias, unit),
        "least": _least(best, unit),
    }
    if lab.is_in_time:
        return t(
            "Can you measure this? Yes: what {arm} changes about {outcome} ({truth}) is found with 80 % by the design {design}"
            " after {needed}. Its bias is {bias}; the smallest effect that it sees within a year is {least} ({n} experiments"
            " simulated).",
            **said,
        )
    return t(
        "Can you measure this? Not within {time}: what {arm} changes about {outcome} ({truth}) is found with 80 % by the best"
        " design, {design}, after {needed}. Its bias is {bias}; the smallest effect that it sees within a year is {least} ({n}"
        " experiments simulated).",
        time=lasting(lab.within_weeks),
        **said,
    )


def _least(one: DesignFound, unit: Unit) -> str:
    return shift(one.found.detectable(YEAR), unit).lstrip("+")


def measurable_rows(found: Measurable) -> list[Sequence[str]]:
    """A row a design that was tried: name, weeks for 80 %, bias, and the smallest effect within a year; none without any."""
    if found.lab is None:
        return []
    unit = UNITS[found.lab.outcome]
    return [(one.name, lasting(one.weeks), difference(one.found.bias, unit), _least(one, unit)) for one in found.lab.designs]
