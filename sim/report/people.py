"""Who pays: what policies do to the income of pros, in words and as a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.report.format import bracketed
from sim.report.rule import references_of
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval
from sim.statistics.people import By, GroupPays, lost_by_quality, who_pays
from sim.words.language import t
from sim.words.units import NOT_DEFINED, rounded, with_unit

HARDLY_ANY = 0.01
"""A smaller share is called hardly any."""
HEADLINE: tuple[tuple[By, int], ...] = (("quality", 0), ("quality", 1), ("quality", 2), ("tenure", 1), ("hours", 0))
"""Groups of the first table; zones and services are listed apart."""


def pros_text(share: Interval) -> str:
    """A share of pros in words, with its interval: ``one pro in 9, 11 % [8, 14]``; a dash where not defined.

    Examples
    --------
    >>> pros_text(Interval(0.11, 0.08, 0.14, 8)), pros_text(Interval(0.4, 0.3, 0.5, 8)), pros_text(Interval(0.0, 0.0, 0.0, 8))
    ('one pro in 9, 11 % [8, 14]', '40 % [30, 50] of pros', 'hardly any pro, 0 % [0, 0]')
    """
    if not math.isfinite(share.estimate):
        return NOT_DEFINED
    numbers = share_text(share)
    if share.estimate < HARDLY_ANY:
        return t("hardly any pro, {share}", share=numbers)
    n = round(1 / share.estimate)
    return t("one pro in {n}, {share}", n=n, share=numbers) if n >= 3 else t("{share} of pros", share=numbers)


def losers_sentence(losers: Interval | None, leavers: Interval | None) -> str:
    """How many pros lose more than a tenth, and how many more leave; empty where that is not known."""
    if losers is None or not math.isfinite(losers.estimate):
        return ""
    pros = pros_text(losers)
    if leavers is None or not math.isfinite(leavers.low) or leavers.low <= 0 <= leavers.high:
        return t("Who loses more than a tenth of income, by true quality: {pros}.", pros=pros)
    if leavers.estimate > 0:
        return t(
            "Who loses more than a tenth of income, by true quality: {pros}; {n} more pros leave.",
            pros=pros,
            n=number_text(leavers),
        )
    fewer = Interval(-leavers.estimate, -leavers.high, -leavers.low, leavers.n)
    return t(
        "Who loses more than a tenth of income, by true quality: {pros}; {n} fewer pros leave.", pros=pros, n=number_text(fewer)
    )


def share_text(interval: Interval) -> str:
    """A share with its interval: ``11 % [8, 14]``."""
    return bracketed(interval, lambda x: rounded(100 * x, 0), "%")


def change_text(interval: Interval) -> str:
    """A change of income as a share with its interval: ``−5.2 % [−8.0, −2.4]``."""
    return bracketed(interval, lambda x: rounded(100 * x, 1, signed=True), "%")


def number_text(interval: Interval) -> str:
    """A number of pros with its interval: ``2.1 [1.0, 3.2]``."""
    return bracketed(interval, lambda x: rounded(x, 1))


def group_name(by: By, value: int, services: Sequence[str] = ()) -> str:
    """What a group of pros is called."""
    if by == "quality":
        return (t("lowest third by true quality"), t("middle third"), t("highest third"))[value]
    if by == "tenure":
        return t("joined during the run") if value else t("established")
    if by == "hours":
        return t("full-time") if value else t("part-time, under 30 hours a week")
    if by == "service":
        return t("service {name}", name=services[value] if value < len(services) else value)
    return t("zone {name}", name=value) if by == "zone" else t("all")


@dataclass(frozen=True)
class PeopleRow:
    """What a policy does to pros."""

    arm: str
    losers: str
    with_luck: str
    """Shares of the pros who lose and who gain more than a tenth, the luck of each included."""
    leavers: str
    """Further pros who have left by the end of a run."""
    changes: Sequence[str]
    """Of income, by group of ``HEADLINE``."""


def people_rows(comparison: Comparison) -> list[PeopleRow]:
    """A row a policy, references included; empty where incomes were not kept."""
    rows = []
    for arm in comparison.arms:
        if arm == comparison.control:
            continue
        groups = {(one.by, one.value): one for one in who_pays(comparison, arm)}
        lost = lost_by_quality(comparison, arm)
        if not groups or lost is None:
            continue
        changes = [change_text(groups[key].change) if key in groups else NOT_DEFINED for key in HEADLINE]
        everybody = groups["all", 0]
        luck = t("{lost} lose, {gained} gain", lost=_percent(everybody.lost), gained=_percent(everybody.gained))
        rows.append(PeopleRow(arm, pros_text(lost), luck, number_text(everybody.leavers), changes))
    return rows


def _percent(share: Interval) -> str:
    return with_unit(rounded(100 * share.estimate, 0), "%")


def people_groups() -> list[str]:
    """Names of the groups of ``PeopleRow.changes``."""
    return [group_name(*key) for key in HEADLINE]


def local_rows(comparison: Comparison, services: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """Policy, zone or service, and the change of its pros' income; policies that know the truth are left out."""
    found: list[tuple[str, str, str]] = []
    for arm in comparison.arms:
        if arm == comparison.control or arm in references_of(comparison):
            continue
        local: list[GroupPays] = [one for one in who_pays(comparison, arm) if one.by in ("zone", "service")]
        found += [(arm, group_name(one.by, one.value, services), change_text(one.change)) for one in local]
    return found
