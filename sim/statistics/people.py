"""Who pays: what a policy does to the income of the same pros, in the same replications, against the control.

Income is the price of completed sessions after the warm-up per week present. Two runs of the same market with other luck differ
much in the income of one pro, whatever the policy: a share of pros who lose is mostly luck unless luck is averaged out. Sums over
groups of pros average it out; so does ``lost_by_quality``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval, mean_interval

LOSS = 0.10
"""Share of income from which on a change counts as a loss or a gain: choice."""
PART_TIME_HOURS = 30.0
"""Fewer hours a week are part-time work (OECD: usual weekly hours of fewer than 30 in the main job)."""
TENTHS = 10
By = Literal["all", "tenure", "hours", "quality", "service", "zone"]


@dataclass(frozen=True)
class GroupPays:
    """What an arm does to a group of pros, against the control; intervals hold for all arms together."""

    by: By
    value: int
    """tenure: 0 established, 1 joined after the warm-up; hours: 0 part-time, 1 full-time; quality: third from the lowest, 0 to 2;
    service, zone: position."""
    n_pros: float
    """Of the group in a run, mean over replications."""
    change: Interval
    """Of the group's income, as a share of it: -0.05 for 5 % less."""
    lost: Interval
    """Share of the group whose income falls by more than ``LOSS``, luck included."""
    gained: Interval
    """Share of the group whose income rises by more than ``LOSS``, luck included."""
    leavers: Interval
    """Further pros of the group who have left by the end of a run."""


@dataclass(frozen=True)
class _Pair:
    """Columns of an arm and the control, (n_replications, n_pros) each."""

    ours: Floats
    theirs: Floats
    left: Floats
    """1: left under the arm only, -1: under the control only, else 0."""
    both: Flags
    """Present for long enough in both runs."""
    truth: Floats
    n: int

    @property
    def rank(self) -> Floats:
        """Place of each pro of ``both`` by true quality within the replication, within (0, 1); nan for others."""
        order = np.argsort(np.argsort(np.where(self.both, self.truth, np.inf), axis=1, kind="stable"), axis=1)
        return np.where(self.both, (order + 0.5) / np.maximum(self.both.sum(axis=1, keepdims=True), 1), np.nan)


def _pair(comparison: Comparison, arm: str) -> _Pair | None:
    ours, theirs = comparison.curves.get(arm, {}), comparison.curves.get(comparison.control, {})
    if "pro_income_eur" not in ours or "pro_income_eur" not in theirs:
        return None
    income, usual = ours["pro_income_eur"], theirs["pro_income_eur"]
    both = np.isfinite(income) & np.isfinite(usual)
    left = ours["pro_left"] - theirs["pro_left"]
    return _Pair(np.where(both, income, 0.0), np.where(both, usual, 0.0), left, both, theirs["pro_truth"], len(income))


def _groups(columns: Mapping[str, Floats], rank: Floats) -> Iterator[tuple[By, int, Flags]]:
    """Groups of pros by what is known of them under the control: (n_replications, n_pros) each; who did not join is in none."""
    full = columns["pro_hours"] >= PART_TIME_HOURS
    joined = np.isfinite(columns["pro_new"])
    yield "all", 0, joined
    for value in (0, 1):
        yield "tenure", value, columns["pro_new"] == value
    for value in (0, 1):
        yield "hours", value, joined & (full == bool(value))
    for third in range(3):
        yield "quality", third, np.floor(3 * rank) == third
    kinds: tuple[tuple[By, str], ...] = (("service", "pro_service"), ("zone", "pro_zone"))
    for by, name in kinds:
        for value in np.unique(columns[name]):
            yield by, int(value), joined & (columns[name] == value)


def who_pays(comparison: Comparison, arm: str) -> tuple[GroupPays, ...]:
    """What an arm does to all pros, and to each group of them; nothing where incomes were not kept.

    Over pros present for at least 13 weeks after the warm-up in both runs; leavers over all. Those who leave early are not among
    the incomes: read both. Thirds by true quality are those of each replication, over the same pros. A group that is empty in a
    replication is left out of its mean.
    """
    pair = _pair(comparison, arm)
    if pair is None:
        return ()
    level = _level(comparison)
    found = []
    for by, value, members in _groups(comparison.curves[comparison.control], pair.rank):
        counted = members & pair.both
        n = counted.sum(axis=1)
        if not n.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            change = (pair.ours * counted).sum(axis=1) / (pair.theirs * counted).sum(axis=1) - 1
            lost = ((pair.ours < (1 - LOSS) * pair.theirs) & counted).sum(axis=1) / n
            gained = ((pair.ours > (1 + LOSS) * pair.theirs) & counted).sum(axis=1) / n
        leavers = (pair.left * members).sum(axis=1)
        numbers = (mean_interval(column, level) for column in (change, lost, gained, leavers))
        found.append(GroupPays(by, value, float(members.sum(axis=1).mean()), *numbers))
    return tuple(found)


def lost_by_quality(comparison: Comparison, arm: str) -> Interval | None:
    """Share of pros whose expected income falls by more than ``LOSS``, given their true quality; None where nothing was kept.

    Pros of each replication are put in tenths by true quality. A tenth's income summed over all replications, arm over control, is
    what a pro of that quality has to expect, for luck cancels in the sums; between the middles of tenths the change is taken to be
    linear. A lower bound where a policy treats pros differently by anything else, such as the luck of their scores. The interval is
    the jackknife's over replications, simultaneous over arms.
    """
    pair = _pair(comparison, arm)
    if pair is None or not pair.both.any():
        return None
    tenth = np.floor(TENTHS * np.where(pair.both, pair.rank, 0)).astype(np.int64)
    ours, theirs = (_by_tenth(tenth, column) for column in (pair.ours, pair.theirs))
    whole = _share_below(ours.sum(axis=0), theirs.sum(axis=0))
    if pair.n == 1:
        return Interval(whole, np.nan, np.nan, 1)
    without = np.array(
        [_share_below(np.delete(ours, i, axis=0).sum(axis=0), np.delete(theirs, i, axis=0).sum(axis=0)) for i in range(pair.n)]
    )
    half = mean_interval(pair.n * whole - (pair.n - 1) * without, _level(comparison)).half_width
    return Interval(whole, max(whole - half, 0.0), min(whole + half, 1.0), pair.n)


def _by_tenth(tenth: Ints, income: Floats) -> Floats:
    """Income (n_replications, n_pros) summed by tenth, (n_replications, TENTHS)."""
    return np.stack([np.bincount(where, row, minlength=TENTHS) for where, row in zip(tenth, income, strict=True)])


def _share_below(ours: Floats, theirs: Floats) -> float:
    """Share of places by quality at which the change, linear between the middles of tenths, is a loss of more than ``LOSS``."""
    known = theirs > 0
    if not known.any():
        return float("nan")
    middles = (np.arange(TENTHS) + 0.5) / TENTHS
    places = (np.arange(1000) + 0.5) / 1000
    change = np.interp(places, middles[known], ours[known] / theirs[known] - 1)
    return float((change < -LOSS).mean())


def _level(comparison: Comparison) -> float:
    """Of one interval, so that those of all arms hold together."""
    return 1 - (1 - comparison.level) / max(len(comparison.arms) - 1, 1)
