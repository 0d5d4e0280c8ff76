"""In which markets a threshold helps, hurts or does not matter, and in which that is not known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.charts.effects import factor_label
from sim.charts.regions import Tile, TileMap, plot_maps
from sim.metrics.catalogue import RETURN_RATE, VALUES, metric
from sim.report.answers.base import Answer, Cell, PageSection, Table, capital, cell, interval_of, judged, runs_of, shift
from sim.report.answers.equal import margin_words, verdict_counts
from sim.report.figures import ReportFigure
from sim.report.format import reach, runs
from sim.report.part import Part
from sim.statistics.designs import Design
from sim.statistics.regions import Region, explained, leading_factors, n_regions, named, points_of, tiles
from sim.words.language import configured, joined, listed, t, told, within_sentence
from sim.words.units import label, rounded, whole, with_unit

NAME = "threshold_map"
Kinds = tuple[str, ...]
HELPS: Kinds = ("better",)
HURTS: Kinds = ("worse",)
EQUAL: Kinds = ("practically equal", "identical")


@dataclass(frozen=True)
class Judge:
    """The studied arm against another one, in a metric, market by market and over regions of markets."""

    part: Part
    design: Design
    rival: str
    name: str
    """Of the metric."""

    def markets(self) -> list[Answer]:
        """Every market by itself; intervals hold for all of them together."""
        gain = self.part.gain(self.part.studied, self.rival, self.name)
        places = [", ".join(f"{name}={level}" for name, level in point.items()) for point in self.design.points]
        return [
            judged(self.part, NAME, where, self.name, self.rival, one, len(gain)) for where, one in zip(places, gain, strict=True)
        ]

    def over(self, region: Region) -> Answer:
        """The mean over the markets of a region; intervals hold for all regions that could have been picked together."""
        gain = self.part.gain(self.part.studied, self.rival, self.name)[points_of(self.design, region)]
        where = " & ".join(f"{name}={level}" for name, level in region.items()) or "all"
        return judged(self.part, NAME, where, self.name, self.rival, gain.mean(axis=0), n_regions(self.design))


def regimes_section(part: Part) -> PageSection:
    """A part with factors whose studied arm has the threshold and whose control has none.

    Regions are made of the three factors that tell most between markets in what a new client is worth. Since the results pick them,
    the intervals of a metric hold for every region of at most three factors together (Bonferroni); a market's own ones for all
    markets together.
    """
    design = part.design
    if design is None:
        raise ValueError(f"part = {part.name!r}, must have factors")
    first = next((name for name in VALUES if _known(part, name)), RETURN_RATE)
    names = tuple(dict.fromkeys((first, RETURN_RATE)))
    rivals = (part.control, *(arm for arm in part.arms if arm not in (part.control, part.studied)))
    judges = [Judge(part, design, rival, name) for rival in rivals for name in names]
    main = judges[0]
    means = part.gain(part.studied, part.control, first).mean(axis=1)
    leading = leading_factors(design, means)
    shown = tiles(design, leading)
    alone = {(one.rival, one.name): one.markets() for one in judges}
    singles = [{name: level} for name in design.factors for level in design.levels[name]]
    tables = [
        _table(part, judges, [*shown, {}], alone[main.rival, main.name], t("Region")),
        _table(part, judges, singles, alone[main.rival, main.name], t("Factor")),
    ]
    answers = [*(one for rows in alone.values() for one in rows)]
    regions = [{}, *singles, *(tile for tile in shown if tile not in singles)]
    answers += [judge.over(region) for judge in judges for region in regions]
    return PageSection(
        NAME,
        configured(part.question),
        _answer(main, leading, shown),
        [*_share(explained(design, means, leading)), *(_counted(part, judge, alone[judge.rival, judge.name]) for judge in judges)],
        [_figure(judge, leading, alone[judge.rival, judge.name]) for judge in judges[: len(names)]],
        tables,
        _notes(part, design),
        answers,
    )


def _known(part: Part, name: str) -> bool:
    return all(bool(np.isfinite(part.of(arm, name)).all()) for arm in part.arms)


def level_name(level: object) -> str:
    """A level in words of the current language, where it is one of the studies that come with us."""
    return configured(str(level))


def region_words(region: Region) -> str:
    """``turnover of pros low, offer order ranked and score raw``."""
    held = [f"{factor_label(name)} {level_name(level)}" for name, level in region.items()]
    return listed(held) if held else t("all markets")


def _found(judge: Judge, region: Region) -> str:
    """What is found over a region, and from how many markets and runs."""
    found = judge.over(region)
    numbers = shift(interval_of(found), metric(found.metric).unit)
    n = whole(int(points_of(judge.design, region).sum()))
    size = t("{points} markets x {runs}", points=n, runs=runs(judge.part.n))
    return t("{where} ({found}; {size})", where=region_words(region), found=numbers, size=size)


def _answer(main: Judge, leading: Sequence[str], shown: Sequence[Region]) -> str:
    """Where it helps, where it hurts and where it does not matter, and what is not known."""
    verdicts = [main.over(tile).verdict for tile in shown]
    if "not defined" in verdicts:
        return t("Nothing can be concluded from {runs}. Use at least 3, better 8.", runs=runs_of(main.part))

    def where(kinds: Kinds) -> str:
        chosen = [tile for tile, verdict in zip(shown, verdicts, strict=True) if verdict in kinds]
        return joined(_found(main, region) for region in named(main.design, leading, chosen))

    sentences = []
    found = where(HELPS)
    sentences.append(t("The threshold helps here: {where}.", where=found) if found else t("The threshold clearly helps nowhere."))
    found = where(HURTS)
    sentences.append(t("It hurts here: {where}.", where=found) if found else t("It clearly hurts nowhere."))
    found, margin = where(EQUAL), margin_words(main.part, main.name)
    sentences.append(
        t("It does not matter here: {where}; {margin}.", where=found, margin=margin)
        if found
        else t("Nowhere is it known not to matter.")
    )
    found = where(("not distinguishable",))
    if found:
        sentences.append(t("Not known: {where}.", where=found))
    return " ".join(sentences)


def _share(share: float) -> list[str]:
    """How much of what differs between markets the map shows, where anything differs."""
    if not math.isfinite(share):
        return []
    words = with_unit(rounded(100 * share, 0), "%")
    return [
        t("The factors of the map explain {share} of how much markets differ; the rest is other factors and luck.", share=words)
    ]


def _counted(part: Part, judge: Judge, markets: Sequence[Answer]) -> str:
    """How many markets show what by themselves, and the two that show most."""
    low, high = (pick(markets, key=lambda one: one.estimate) for pick in (min, max))
    unit = metric(judge.name).unit
    return capital(
        t(
            "{metric}, {arm} against {other}, each of {n} markets by itself: {counts}; from {low} to {high} ({runs} each).",
            metric=label(metric(judge.name)),
            arm=part.studied,
            other=judge.rival,
            n=len(markets),
            counts=verdict_counts(markets),
            low=shift(interval_of(low), unit),
            high=shift(interval_of(high), unit),
            runs=runs(part.n),
        )
    )


def _alone(judge: Judge, region: Region, markets: Sequence[Answer], verdict: str) -> tuple[int, int]:
    """How many markets of a region show by themselves what it shows as a whole, and how many it has."""
    inside = [one for one, held in zip(markets, points_of(judge.design, region), strict=True) if held]
    kinds = EQUAL if verdict in EQUAL else (verdict,)
    return sum(one.verdict in kinds for one in inside), len(inside)


def _table(part: Part, judges: Sequence[Judge], regions: Sequence[Region], markets: Sequence[Answer], what: str) -> Table:
    """Regions, and what is found there against each rival in each metric."""
    header = (
        what,
        *(
            t("{metric}, against {control}", metric=within_sentence(label(metric(judge.name))), control=judge.rival)
            for judge in judges
        ),
        t("Markets, each by itself"),
    )
    rows = []
    for region in regions:
        inside = [one for one, held in zip(markets, points_of(judges[0].design, region), strict=True) if held]
        rows.append(
            (capital(region_words(region)), [*(cell(judge.over(region)) for judge in judges), Cell(verdict_counts(inside))])
        )
    caption = t(
        "{arm}, mean over the markets of each row; {runs}. Intervals hold for all rows of both tables together, and for every other"
        " region of at most three factors. Last column, each market by itself: {metric}, against {control}.",
        arm=part.studied,
        metric=within_sentence(label(metric(judges[0].name))),
        control=judges[0].rival,
        runs=runs_of(part),
    )
    return Table(caption, header, rows)


def _notes(part: Part, design: Design) -> list[str]:
    margins = [
        t("± {margin} ({metric})", margin=reach(width, metric(name).unit), metric=within_sentence(label(metric(name))))
        for name, width in part.margins.items()
    ]
    return [
        t("How far apart the levels of a factor lie is a choice of the study's file; markets between them are not covered."),
        t("The markets are a part of all combinations: {design}.", design=told(design.name)),
        *([t("Practically equal: surely within {margins}.", margins=listed(margins))] if margins else []),
    ]


def _figure(judge: Judge, leading: Sequence[str], markets: Sequence[Answer]) -> ReportFigure:
    part, levels = judge.part, judge.design.levels

    def tile(region: Region) -> Tile:
        found = judge.over(region)
        n, size = _alone(judge, region, markets, found.verdict)
        known = found.verdict in (*HELPS, *HURTS, *EQUAL)
        return Tile(interval_of(found), found.verdict, t("{n} of {all} markets alone", n=n, all=size) if known else "")

    # along, up, and apart in maps of their own; where there are fewer factors, the rest has one level without a name
    axes: list[list[Region]] = [[{name: level} for level in levels[name]] for name in leading]
    nowhere: list[Region] = [{}]
    along, up, apart = [*axes, nowhere, nowhere][:3]
    titles = [*map(factor_label, leading), "", ""]
    maps = [
        TileMap(
            region_words(above) if above else "",
            titles[0],
            [level_name(*one.values()) for one in along],
            titles[1],
            [level_name(*one.values()) if one else "" for one in up],
            [[tile({**one, **other, **above}) for one in along] for other in up],
        )
        for above in apart
    ]
    name = within_sentence(label(metric(judge.name)))
    note = t(
        "{arm} against {other}, mean over markets, {runs}; 95 % intervals of all regions together; last line: markets that show the"
        " same on their own",
        arm=part.studied,
        other=judge.rival,
        runs=runs_of(part),
    )
    return ReportFigure(
        f"{NAME}_{judge.name}",
        plot_maps(maps, judge.name, t("What the threshold changes: {metric}", metric=name), note),
        t("A tile is the mean over all markets with its levels. Hatched: not known, which is not equal."),
        t("{metric}. {rows}.", metric=capital(name), rows=joined(_found(judge, one) for one in tiles(judge.design, leading))),
    )
