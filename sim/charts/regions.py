"""Where a change helps, hurts or does not matter: a tile for every combination of the levels of up to three factors."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from sim.charts import style
from sim.metrics.catalogue import Unit, metric
from sim.statistics.comparison import Verdict
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import signed, signed_interval, unit_name

PANEL_INCHES = 3.6
NUMBER_POINTS = 15.0
HATCH = "////"


@dataclass(frozen=True)
class Look:
    """How a kind of tile is drawn: the colours differ in lightness, too, and the word stands in the tile."""

    colour: str
    ink: str
    hatch: str = ""


HELPS, HURTS, EQUAL, UNKNOWN = (
    Look("#0072B2", "white"),
    Look("#E69F00", style.INK),
    Look("#e4e4e4", style.INK),
    Look("white", style.INK, HATCH),
)
"""Blue and orange of Okabe and Ito (2008), which no kind of colour vision mixes up."""


def look_of(verdict: str) -> Look:
    """Of a verdict on a difference in a metric of which one direction is good."""
    if verdict in ("better", "worse"):
        return HELPS if verdict == "better" else HURTS
    return EQUAL if verdict in ("practically equal", "identical") else UNKNOWN


def word_of(verdict: str) -> str:
    """The same in a word or two."""
    if verdict in ("better", "worse"):
        return t("helps") if verdict == "better" else t("hurts")
    return t("practically equal") if verdict in ("practically equal", "identical") else t("not known")


@dataclass(frozen=True)
class Tile:
    """A region and what is known of the difference there."""

    difference: Interval
    """In the unit of the metric."""
    verdict: Verdict | str
    note: str
    """Small print below the numbers, such as how many markets it is the mean of; empty for none."""


@dataclass(frozen=True)
class TileMap:
    """Tiles of two factors, at one level of a third."""

    title: str
    """The third factor and its level; empty for none."""
    x_factor: str
    x_levels: Sequence[str]
    y_factor: str
    """Empty for a single row."""
    y_levels: Sequence[str]
    tiles: Sequence[Sequence[Tile]]
    """By level of y, then of x."""


def plot_tiles(shown: TileMap, metric_name: str, ax: Axes | None = None) -> Axes:
    """One map: the difference in large figures, its interval and a word below.

    Raises
    ------
    KeyError
        There is no metric of that name.
    """
    unit = metric(metric_name).unit
    ax = style.axes(ax, PANEL_INCHES)
    style.dress(ax, shown.title, "", shown.x_factor, shown.y_factor)
    for i, row in enumerate(shown.tiles):
        for j, tile in enumerate(row):
            _draw(ax, j, i, tile, unit)
    ax.set_xlim(-0.5, len(shown.x_levels) - 0.5)
    ax.set_ylim(len(shown.y_levels) - 0.5, -0.5)
    ax.set_xticks(range(len(shown.x_levels)), list(shown.x_levels))
    ax.set_yticks(range(len(shown.y_levels)), list(shown.y_levels), rotation=90, va="center")
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return ax


def _draw(ax: Axes, x: float, y: float, tile: Tile, unit: Unit) -> None:
    look = look_of(tile.verdict)
    style_of = {"facecolor": look.colour, "edgecolor": style.RULE if look.hatch else "white", "hatch": look.hatch}
    ax.add_patch(Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, linewidth=1, zorder=2, **style_of))  # type: ignore[arg-type]
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0} if look.hatch else None
    found = tile.difference
    number = signed(found.estimate, unit) if math.isfinite(found.estimate) else t("not defined")
    lines = [(-0.24, number, NUMBER_POINTS, "bold")]
    if math.isfinite(found.low) and math.isfinite(found.high):
        interval = signed_interval(found.low, found.high, unit, found.estimate)
        lines.append((-0.03, interval, style.SMALL_POINTS, "normal"))
    lines.append((0.17, word_of(tile.verdict), style.LABEL_POINTS, "bold"))
    lines.append((0.35, tile.note, style.SMALL_POINTS - 1, "normal"))
    for fall, text, size, weight in lines:
        if text:
            ax.text(
                x, y + fall, text, ha="center", va="center", fontsize=size, fontweight=weight, color=look.ink, bbox=ground, zorder=3
            )


def plot_maps(maps: Sequence[TileMap], metric_name: str, title: str, note: str) -> Figure:
    """Maps one above the other under one title, with a key of the four kinds of tiles."""
    height = 1.7 + sum(0.75 + 1.25 * len(shown.y_levels) for shown in maps)
    figure = Figure(figsize=(style.WIDTH_INCHES, height), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(h_pad=0.06, w_pad=0.06)  # type: ignore[union-attr,call-arg]
    for i, shown in enumerate(maps):
        plot_tiles(shown, metric_name, figure.add_subplot(len(maps), 1, i + 1))
    unit = unit_name(metric(metric_name).unit, difference=True)
    heading = "\n".join(textwrap.wrap(f"{title} ({unit})" if unit else title, 44))
    figure.suptitle(heading, x=0.01, ha="left", fontsize=style.TITLE_POINTS, fontweight="bold", color=style.INK)
    key = [
        (Patch(facecolor=look.colour, edgecolor=style.SOFT_INK, hatch=look.hatch), word_of(verdict))
        for look, verdict in ((HELPS, "better"), (HURTS, "worse"), (EQUAL, "identical"), (UNKNOWN, "not distinguishable"))
    ]
    handles, labels = (list(column) for column in zip(*key, strict=True))
    small = style.SMALL_POINTS
    below = figure.legend(
        handles,
        labels,
        loc="outside lower left",
        ncols=2,
        frameon=False,
        fontsize=small,
        title="\n".join(textwrap.wrap(note, style.NOTE_CHARACTERS)),
    )
    below.set_alignment("left")
    below.get_title().set(fontsize=small, color=style.SOFT_INK)
    return figure
