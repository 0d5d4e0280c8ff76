"""Numbers and verdicts in words, the same in the terminal and in the report."""

import math
import textwrap
from collections.abc import Callable, Sequence

from sim.charts.style import shortened
from sim.metrics import catalogue
from sim.metrics.catalogue import METRICS, RETURN_RATE, Metric, Unit
from sim.report.rule import references_of
from sim.statistics.comparison import Comparison, Difference, Verdict
from sim.statistics.intervals import Interval
from sim.words.language import joined, listed, t, tn, word
from sim.words.levels import RESTRICTED, is_restricted, mean, never_reached
from sim.words.units import (
    NOT_DEFINED,
    WRITINGS,
    decimals_to_tell,
    label,
    percent,
    rounded,
    shift,
    signed_with_interval,
    unit_name,
    whole,
    with_unit,
)

TABLE_COLUMNS, NAME_COLUMNS = 120, 40
MARKS: dict[Verdict, str] = {
    "better": "+",
    "worse": "-",
    "higher": "^",
    "lower": "v",
    "practically equal": "≈",
    "not distinguishable": "~",
    "identical": "=",
    "not defined": "?",
}


def reach(number: float, unit: Unit, more: int = 0) -> str:
    """A half-width of differences with its unit: ``0.50 points`` for .005 of a share; ``more``: further decimals."""
    return shift(number, unit, more=more).lstrip("+")


def difference(row: Difference | Interval, unit: Unit, more: int = 0) -> str:
    """A difference with its unit and interval: ``+0.63 points [+0.14, +1.12]``; a dash for nan. ``more``: further decimals."""
    estimate = row.difference if isinstance(row, Difference) else row.estimate
    return signed_with_interval(estimate, row.low, row.high, unit, more=more)


def difference_beside(interval: Interval, limit: float, unit: Unit) -> tuple[str, int]:
    """A difference with its interval, and its further decimals: so many that no bound looks like a limit that it is not."""
    more = max(decimals_to_tell(bound, limit, unit) for bound in (interval.low, interval.high))
    return difference(interval, unit, more), more


def inert_words(arms: Sequence[str], control: str) -> str:
    """That arms are the same as the control in everything; empty for none."""
    if not arms:
        return ""
    return tn(
        "{arms} is inert in this market: the same as {control} in every number of every run.",
        "{arms} are inert in this market: the same as {control} in every number of every run.",
        len(arms),
        arms=listed(arms),
        control=control,
    )


def p_value(number: float) -> str:
    """A p-value with three decimals; ``< 0.001`` below that, a dash for nan."""
    return f"< {rounded(0.001, 3)}" if number < 0.001 else rounded(number, 3)


def bracketed(interval: Interval, written: Callable[[float], str], unit: str = "") -> str:
    """An estimate with its unit, and its interval if there is one, each number as ``written`` has it: ``17 % [8, 26]``."""
    estimate = with_unit(written(interval.estimate), unit)
    if not math.isfinite(interval.low):
        return estimate
    return f"{estimate} {t('[{low}, {high}]', low=written(interval.low), high=written(interval.high))}"


def share_of_gain(interval: Interval) -> str:
    """A share of the oracle's gain: ``17 % [8 to 26]``; a dash where not defined, *not known* where wider than the scale."""
    if not math.isfinite(interval.estimate):
        return NOT_DEFINED
    if interval.high - interval.low > 1:
        return t("not known")
    low, estimate, high = (rounded(100 * x, 0) for x in (interval.low, interval.estimate, interval.high))
    text = with_unit(estimate, "%")
    return t("{share} [{low} to {high}]", share=text, low=low, high=high) if interval.high > interval.low else text


def count(number: int, noun: str) -> str:
    """``1 replication``, ``8 replications``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


WEEKS_A_YEAR = 365 / 7


def lasting(weeks: float) -> str:
    """``26 weeks``, or ``32 years`` from two years on; *never* for inf."""
    if not math.isfinite(weeks):
        return t("never")
    if weeks < 2 * WEEKS_A_YEAR:
        return t("{n} weeks", n=whole(max(math.ceil(weeks), 1)))
    return t("{n} years", n=whole(weeks / WEEKS_A_YEAR))


def intervals_over(worlds: int) -> str:
    """What the intervals of a study are over: luck, or as many plausible markets, one a replication."""
    if worlds:
        return t(
            "Each replication is another plausible market, {n} in all: intervals are over these markets and luck together.",
            n=worlds,
        )
    return t("Intervals show luck between replications, not whether the market is described well.")


def runs(n: int) -> str:
    """``8 replications``, in the current language."""
    return tn("{n} replication", "{n} replications", n)


def known_metrics(comparison: Comparison) -> tuple[Metric, ...]:
    """The metrics of the catalogue that were measured, in its order."""
    measured = {row.metric for row in comparison.summaries}
    return tuple(known for known in METRICS if known.name in measured)


def headline_metrics(comparison: Comparison) -> tuple[Metric, ...]:
    """Those of the first table."""
    return tuple(known for known in known_metrics(comparison) if known.headline)


def follows_returns(comparison: Comparison) -> bool:
    """Whether it was measured who comes back; not where clients come back as they once did."""
    return any(row.metric == RETURN_RATE for row in comparison.summaries)


def verdict_line(comparison: Comparison, arm: str, primary: str = RETURN_RATE) -> str:
    """One sentence or two on an arm: its name, and ``standing_of``."""
    return t("{arm}: {judgement}", arm=arm, judgement=standing_of(comparison, arm, primary))


def standing_of(comparison: Comparison, arm: str, primary: str = RETURN_RATE) -> str:
    """How an arm does against the control in the primary metric, and where it is worse."""
    control, first = comparison.control, catalogue.metric(primary)
    amount = mean(comparison.summary(arm, primary))
    level = t("{metric}: {value}", metric=label(first), value=amount)
    if primary == RETURN_RATE:
        level = t("{share} of new clients book again within 6 months", share=amount)
    row = comparison.difference(arm, primary)
    if row is None:
        return t("the control. {level}.", level=level)
    # what money is a difference to, a reader has to see beside it
    against = f"{control} ({mean(comparison.summary(control, primary))})" if first.unit == "eur" else control
    numbers = t("{level}, {difference} against {control}.", level=level, difference=difference(row, first.unit), control=against)
    if row.verdict == "not defined":
        judged = t("no verdict, {runs} cannot tell", runs=runs(row.n)) if row.n else t("no verdict, not defined in any replication")
        numbers = f"{level}."
    elif row.verdict == "identical":
        judged, numbers = t("identical to {control}", control=control), f"{level}."
    elif row.verdict == "not distinguishable":
        judged = t("not distinguishable from {control}", control=control)
    elif row.verdict == "practically equal":
        margin = reach(comparison.equivalence_margin.get(primary, math.nan), first.unit)
        judged = t("practically equal to {control}, a difference within the margin of {margin}", control=control, margin=margin)
    elif row.verdict == "better":
        judged = t("better than {control}", control=control)
    else:
        judged = t("worse than {control}", control=control)
    if arm in references_of(comparison):
        judged = t("a reference that knows the truth, not a policy; {verdict}", verdict=judged)
    others = (shown for shown in headline_metrics(comparison) if shown.name != primary)
    worse = [label(shown) for shown in others if _verdict(comparison, arm, shown.name) == "worse"]
    line = t("{verdict}. {numbers}", verdict=judged, numbers=numbers)
    return f"{line} {t('Worse in: {metrics}.', metrics=joined(worse))}" if worse else line


def _verdict(comparison: Comparison, arm: str, metric: str) -> Verdict | None:
    row = comparison.difference(arm, metric)
    if row is None or (never_reached(metric, comparison.summary(arm, metric).mean) and row.verdict == "identical"):
        return None
    return row.verdict


def verdict_of(comparison: Comparison, arm: str, metric: str) -> str:
    """The verdict in the current language; empty for the control, and where neither side has reached what is measured."""
    found = _verdict(comparison, arm, metric)
    return word(found) if found else ""


def text_table(comparison: Comparison) -> str:
    """Arms by headline metrics as plain text, at most 120 columns wide, each cell with a mark for its verdict.

    Metrics that do not fit beside one another continue in a further block below.
    """
    known = references_of(comparison)
    names = [shortened(arm, NAME_COLUMNS) + (" *" if arm in known else "") for arm in comparison.arms]
    blocks: list[list[list[str]]] = []
    room = 0
    for metric in headline_metrics(comparison):
        column = _column(comparison, metric)
        width = len(column[0]) + 2
        if width > room:
            blocks.append([])
            room = TABLE_COLUMNS - max(map(len, names))
        blocks[-1].append(column)
        room -= width
    return "\n\n".join([*(_block(names, block) for block in blocks), _legend(comparison, bool(known))])


def _column(comparison: Comparison, metric: Metric) -> list[str]:
    """Lines of one column, all of one width: a line for each arm, then the lines of its header."""
    cells = []
    for arm in comparison.arms:
        row = comparison.summary(arm, metric.name)
        verdict = _verdict(comparison, arm, metric.name)
        text = mean(row).removesuffix(unit_name(metric.unit)).rstrip().replace(" ± ", "±")
        cells.append(f"{text} {MARKS[verdict] if verdict else ' '}")
    unit = WRITINGS[metric.unit].name
    header = textwrap.wrap(metric.label, 11, break_long_words=False) + ([f"({unit})"] if unit in ("%", "EUR") else [])
    width = max(map(len, [*cells, *header]))
    return [*(cell.rjust(width) for cell in cells), *(line.rjust(width) for line in header)]


def _block(names: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    n_arms = len(names)
    headers = [column[n_arms:] for column in columns]
    depth = max(map(len, headers))
    # headers stand on the rule: short ones are filled up from above
    filled = [[" " * len(header[0])] * (depth - len(header)) + list(header) for header in headers]
    width = max(map(len, names))
    lines = [[" " * width, *(header[i] for header in filled)] for i in range(depth)]
    lines.append(["-" * len(cell) for cell in lines[0]])
    lines += [[name.ljust(width), *(column[i] for column in columns)] for i, name in enumerate(names)]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _legend(comparison: Comparison, with_references: bool) -> str:
    control, level = comparison.control, percent(comparison.level)
    headline = {metric.name for metric in headline_metrics(comparison)}
    seen = {row.verdict for row in comparison.differences if row.metric in headline}
    meanings = [f"{mark} {verdict}" for verdict, mark in MARKS.items() if verdict in seen]
    lines = [
        f"{count(comparison.n_replications, 'replication')}; ± is the {level} interval of the arm alone, over the luck of the draw."
    ]
    if meanings:
        lines.append(f"Against {control}, same random numbers: {', '.join(meanings)}.")
    if RESTRICTED in headline and is_restricted(comparison):
        lines.append("Restricted mean: a run that has not broken even within 24 months counts as 24.")
    if with_references:
        lines.append("* knows the truth: a reference, not a policy.")
    if any(not math.isfinite(row.mean) for row in comparison.summaries if row.metric in headline):
        lines.append(f"{NOT_DEFINED} not defined: nobody to count, or too short a run to see it.")
    return "\n".join(lines)
