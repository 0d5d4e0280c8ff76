"""What else to ask beside a log: replay and simulation, each for what it tells, and what exploring would give."""

import math
from collections.abc import Sequence

from sim.report.format import difference, lasting
from sim.report.offpolicy_record import OffpolicyRecord, PolicyJudged
from sim.report.offpolicy_words import policy_name
from sim.report.sheet import SheetSection, SheetTable
from sim.words.language import joined, t
from sim.words.units import NOT_DEFINED, plain, rounded, whole

MOST_WEEKS = 5_200.0
"""A century, beyond which a log never tells."""


def beside_section(record: OffpolicyRecord) -> SheetSection:
    """The log, a replay and a simulation side by side, and which to believe for what."""
    rows = [
        (
            t("Log"),
            t("What choosing other pros among those who were free would have changed."),
            t("Calendars that fill in another way; scores that other sessions would have made; pros who would have left or come."),
            _by_log(record),
        ),
        (
            t("Replay"),
            t("What happens to the file's own requests when the new policy fills the calendars and makes the scores."),
            t("Whether its clients come back as the market's model says."),
            record.replay or t("needs a file: data=FILE"),
        ),
        (
            t("Simulated market"),
            t("The whole effect, in a market that is described."),
            t("Whether that market is yours."),
            _by_simulation(record),
        ),
    ]
    header = (t("Source"), t("Believe it for"), t("It does not know"), t("Here"))
    lines = [
        t("Where they agree, decide. Where the log says less or more, look at how many first sessions move to other pros."),
        t(
            "The log leaves out two things: capacity, for the new policy would have filled other calendars, and scores, for it"
            " would have made others. Both grow with how much it differs from the log."
        ),
        t("Nothing here replaces an experiment: it is planned by python -m experiments.lab."),
    ]
    return SheetSection(t("Which to believe for what"), lines, (SheetTable("", header, rows),), ())


def _by_log(record: OffpolicyRecord) -> str:
    found = [f"{one.arm} {difference(one.headline.difference, 'share')}" for one in record.policies if one.headline is not None]
    return joined(found) or NOT_DEFINED


def _by_simulation(record: OffpolicyRecord) -> str:
    found = [f"{one.arm} {difference(one.true_difference, 'share')}" for one in record.policies if one.true_difference is not None]
    return joined(found) or record.simulate


def exploring_section(record: OffpolicyRecord) -> SheetSection:
    """How long to choose by softmax until a log would tell, and what that costs."""
    tables = [
        SheetTable(
            policy_name(one),
            (t("Temperature"), t("Choices needed"), t("How long"), t("Returning clients lost a week"), t("In all")),
            [_exploration(one, i, record) for i in range(len(one.explorations))],
        )
        for one in record.policies
        if one.explorations
    ]
    lines = [
        t(
            "Choosing by softmax on a policy's own score for a while makes a log that tells about it: how long until it weighs like"
            " {n} choices, and how many clients fewer come back meanwhile, by the model of returns.",
            n=whole(record.effective_n),
        ),
        t(
            "Outcomes come later: {days} days after the last of these choices it is known who came back, on top of the time below.",
            days=whole(record.outcome_days),
        ),
    ]
    notes = (
        t("A low temperature is nearly the strict order of the score, a high one nearly chance. Below zero: clients are won."),
    )
    return SheetSection(t("What exploring would give, and cost"), lines, tables, notes)


def _exploration(one: PolicyJudged, i: int, record: OffpolicyRecord) -> Sequence[str]:
    found = one.explorations[i]
    a_week = rounded(found.less_per_decision * record.weekly, 2, signed=True)
    if not found.weeks < MOST_WEEKS:
        return (plain(found.temperature), NOT_DEFINED, t("never"), a_week, NOT_DEFINED)
    return (
        plain(found.temperature),
        whole(math.ceil(found.decisions)),
        lasting(found.weeks),
        a_week,
        rounded(found.less, 1, signed=True),
    )
