"""Whether today's order of policies holds in markets that are otherwise, and at what strength of which mechanism it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from sim.charts.by_level import Panel, plot_panels
from sim.charts.effects import factor_label, level_label
from sim.metrics.catalogue import RETURN_RATE, VALUES, metric
from sim.report.answers.base import Answer, Cell, PageSection, Table, at, capital, cell, interval_of, shift, spoken
from sim.report.answers.robust_order.standing import Left, Standing, left_of, standing
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part, level_of
from sim.words.language import configured, joined, t, within_sentence
from sim.words.units import label, whole


@dataclass(frozen=True)
class Market:
    """Today's market with one mechanism at one strength; today's market itself at the first level of a part."""

    part: Part
    point: int
    standings: Mapping[str, Standing]
    """By metric."""
    left: Mapping[str, Left]
    """By metric: what is left of the order at the first level."""

    @property
    def condition(self) -> str:
        """What is otherwise: ``pros learn``."""
        return configured(self.part.question)

    @property
    def level(self) -> str:
        """The factor and its level: ``gain sd 0.5``."""
        factor, levels = _factor(self.part)
        return at(factor, levels[self.point])

    @property
    def where(self) -> str:
        """Both."""
        return t("{what}: {value}", what=self.condition, value=self.level)


def order_section(part: Sequence[Part]) -> PageSection:
    """Parts of the same arms, each with one factor of the market of which the first level is today's market.

    Intervals hold for all pairs of arms and all markets of a metric together (Bonferroni), so that the worst of all markets may be
    picked out.
    """
    first = part[0]
    name = next((one for one in VALUES if _known(part, one)), RETURN_RATE)
    names = tuple(dict.fromkeys((name, RETURN_RATE)))
    n_points = sum(one.n_points for one in part)
    together = n_points * len(list(combinations(first.arms, 2)))
    markets = [market for one in part for market in _markets(one, names, together)]
    today = markets[0]
    others = [one for one in markets if one.point > 0]
    size = t("{points} points x {runs}", points=whole(n_points), runs=written_runs(min(one.n for one in part)))
    answers = [one.standings[wanted].pairs[pair] for one in markets for wanted in names for pair in combinations(first.arms, 2)]
    caption = t(
        "Order of policies by {metric}. Of two neighbours: > clearly better, = practically equal, ~ cannot be told apart; {runs},"
        " intervals hold for all pairs and markets together.",
        metric=within_sentence(label(metric(name))),
        runs=size,
    )
    header = (
        t("Market"),
        t("Order"),
        t("Against today's order"),
        *(t("{arm}, gain: {metric}", arm=first.studied, metric=within_sentence(label(metric(one)))) for one in names),
        "n",
    )
    # most parts begin with the very same market
    shown = [one for one in markets if one is today or one.point > 0 or not _same(one, today)]
    table = Table(caption, header, [_row(one, names, one is today) for one in shown])
    notes = [t("The first level of each part is the market as it stands; how strong a mechanism really is, nobody has measured.")]
    return PageSection(
        "order",
        t("Does the order of policies hold in a market that is otherwise?"),
        _answer(today, others, name, size),
        [_left(others, name), _gains(today, others, names)],
        [_figure(part, name)],
        [table],
        notes,
        answers,
    )


def _factor(part: Part) -> tuple[str, tuple[Any, ...]]:
    """The only factor of a part, and its levels."""
    if part.design is None or len(part.design.levels) != 1:
        raise ValueError(f"part = {part.name!r}, must have exactly one factor")
    return next((name, tuple(levels)) for name, levels in part.design.levels.items())


def _known(parts: Sequence[Part], name: str) -> bool:
    return all(bool(np.isfinite(one.of(arm, name)).all()) for one in parts for arm in one.arms)


def _markets(part: Part, names: Sequence[str], together: int) -> list[Market]:
    """Every point of a part, the first level first."""
    found: list[Market] = []
    for point in range(part.n_points):
        bare = Market(part, point, {}, {})
        here = {name: standing(part, point, bare.where, name, together) for name in names}
        today = found[0].standings if found else here
        found.append(Market(part, point, here, {name: left_of(today[name], here[name]) for name in names}))
    return found


def _same(one: Market, other: Market) -> bool:
    """Whether every run is the same in both."""
    return all(
        np.array_equal(one.part.of(arm)[one.point], other.part.of(arm)[other.point], equal_nan=True) for arm in one.part.arms
    )


def _over(market: Market, name: str, pair: tuple[str, str]) -> str:
    return t("{arm} over {other} by {numbers}", arm=pair[0], other=pair[1], numbers=spoken(market.standings[name].pairs[pair]))


def _row(market: Market, names: Sequence[str], is_today: bool) -> tuple[str, tuple[Cell, ...]]:
    name, part = names[0], market.part
    gains = [market.standings[one].pairs[part.studied, part.control] for one in names]
    cells = (
        Cell(market.standings[name].words()),
        Cell("" if is_today else _changes(market, name)),
        *(cell(one) for one in gains),
        Cell(whole(gains[0].n)),
    )
    return t("today") if is_today else market.where, cells


def _changes(market: Market, name: str) -> str:
    """What is otherwise in the order: pairs that are reversed, clear only here, and clear no more."""
    left = market.left[name]
    words = []
    if left.reversed:
        words.append(t("reversed: {rows}", rows=joined(_over(market, name, pair[::-1]) for pair in left.reversed)))
    if left.new:
        words.append(t("clear only here: {rows}", rows=joined(_over(market, name, pair) for pair in left.new)))
    if left.open:
        words.append(t("not clear: {rows}", rows=joined(t("{a} with {b}", a=a, b=b) for a, b in left.open)))
    return joined(words) or t("as today")


def _answer(today: Market, others: Sequence[Market], name: str, size: str) -> str:
    clear = len(today.standings[name].clear())
    if not clear:
        return t("Nothing can be concluded from {runs}. Use at least 3, better 8.", runs=size)
    order = today.standings[name].words()
    first: dict[str, Market] = {}
    for market in others:
        if market.left[name].reversed:
            first.setdefault(market.part.name, market)
    if not first:
        return t(
            "The order of policies, {order}, is turned around in none of {n} other markets: of {clear} pairs that are clear today"
            " none is clearly reversed there ({runs}).",
            order=order,
            n=len(others),
            clear=clear,
            runs=size,
        )
    rows = [
        t(
            "{condition} (first at {level}: {rows})",
            condition=within_sentence(one.condition),
            level=one.level,
            rows=joined(_over(one, name, pair[::-1]) for pair in one.left[name].reversed),
        )
        for one in first.values()
    ]
    return t("The order of policies, {order}, holds unless {rows} ({runs}).", order=order, rows=joined(rows), runs=size)


def _left(others: Sequence[Market], name: str) -> str:
    """How much of today's order is known to hold elsewhere."""
    held, open_, reversed_ = (sum(len(getattr(one.left[name], what)) for one in others) for what in ("held", "open", "reversed"))
    words = t(
        "Of the pairs that are clear today, counted in every other market, {held} hold, {reversed} are reversed and {open} are not"
        " clear there",
        held=held,
        reversed=reversed_,
        open=open_,
    )
    first: dict[str, Market] = {}
    for market in others:
        if market.left[name].open:
            first.setdefault(market.part.name, market)
    rows = [t("{where} ({n})", where=within_sentence(one.where), n=len(one.left[name].open)) for one in first.values()]
    return t("{found}, first with {rows}.", found=words, rows=joined(rows)) if rows else t("{found}.", found=words)


def _gains(today: Market, others: Sequence[Market], names: Sequence[str]) -> str:
    """What is left of the studied arm's gain, and in how many markets it is clear."""
    pair = today.part.studied, today.part.control
    gains = {one.where: one.standings[names[0]].pairs[pair] for one in others}
    low, high = (pick(gains, key=lambda where: gains[where].estimate) for pick in (min, max))
    words = t(
        "{arm} brings {today} over {control} today, and elsewhere from {low} ({where_low}) to {high} ({where_high})",
        arm=pair[0],
        control=pair[1],
        today=_numbers(today.standings[names[0]].pairs[pair]),
        low=_numbers(gains[low]),
        where_low=low,
        high=_numbers(gains[high]),
        where_high=high,
    )
    counted = [
        t(
            "{metric}: clearly better in {better} and clearly worse in {worse} of {all} other markets",
            metric=within_sentence(label(metric(name))),
            better=sum(one.standings[name].pairs[pair].verdict == "better" for one in others),
            worse=sum(one.standings[name].pairs[pair].verdict == "worse" for one in others),
            all=len(others),
        )
        for name in names
    ]
    return t("{found}.", found=joined([words, *counted]))


def _numbers(answer: Answer) -> str:
    return shift(interval_of(answer), metric(answer.metric).unit)


def _figure(parts: Sequence[Part], name: str) -> ReportFigure:
    panels = []
    for part in parts:
        factor, levels = _factor(part)
        gains = {arm: [level_of(one) for one in part.gain(arm, part.control, name)] for arm in part.arms if arm != part.control}
        panels.append(Panel(capital(configured(part.question)), factor_label(factor), [level_label(one) for one in levels], gains))
    note = t(
        "gain over {control}, bars: 95 % interval of each alone, {runs}",
        control=parts[0].control,
        runs=written_runs(min(part.n for part in parts)),
    )
    return ReportFigure(
        "order_by_level",
        plot_panels(panels, name, note),
        t("Each line is a policy; today's market stands on the left. Lines that cross change places."),
        t("Gain over {control} by mechanism and strength; the table below has the numbers.", control=parts[0].control),
    )
