"""One look for all charts: a colour for each arm, letters that can be read on a phone, and the same bytes on every run."""

import io
import textwrap
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import offset_copy

from sim.statistics.comparison import Comparison
from sim.words.language import spoken, written

WIDTH_INCHES = 5.0
"""Narrow on purpose: on a phone 390 px wide, 10 points then come out as about 10 px."""
TITLE_POINTS, LABEL_POINTS, SMALL_POINTS = 12.0, 10.5, 9.5
NOTE_CHARACTERS = 56
"""In a line of small print: as many fit beside the widest tick labels."""
INK, SOFT_INK, RULE = "#1a1a1a", "#4d4d4d", "#d9d9d9"
CONTROL_COLOUR, REFERENCE_COLOUR = "#767676", "#000000"
# Okabe and Ito (2008) without yellow, which is too light on white, and with a dark brown for a seventh arm
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F3B08")
MARKERS = ("s", "^", "D", "v", "P", "X", "p")
_SAVING = threading.Lock()


@dataclass(frozen=True)
class ArmStyle:
    """How an arm is drawn, on every chart of a comparison."""

    colour: str
    dashes: str
    marker: str


def arm_style(comparison: Comparison, arm: str) -> ArmStyle:
    """Grey for the control, black broken lines for references, and a colour and a marker each, in order, for the other arms.

    Colour, marker and dashes all differ, so that arms can be told apart without seeing colours.
    """
    if arm == comparison.control:
        return ArmStyle(CONTROL_COLOUR, "-", "o")
    references = [name for name in comparison.arms if name in comparison.references and name != comparison.control]
    if arm in references:
        i = references.index(arm)
        return ArmStyle(REFERENCE_COLOUR, ("--", ":")[i % 2], ("*", "h")[i % 2])
    return policy_style([name for name in comparison.arms if name not in references and name != comparison.control].index(arm))


def policy_style(i: int) -> ArmStyle:
    """That of the i-th of several arms, from 0, none of which is a control or a reference."""
    n = len(PALETTE)
    return ArmStyle(PALETTE[i % n], ("-", "-.")[i // n % 2], MARKERS[i % n])


def shortened(text: str, n_characters: int = 26) -> str:
    """A name that fits a chart."""
    return text if len(text) <= n_characters else text[: n_characters - 1] + "…"


def short(text: str, n_characters: int = 26) -> str:
    """A name that fits a chart, with no character that matplotlib would read as mathematics."""
    return shortened(text, n_characters).replace("$", r"\$")


def name_row(ax: Axes, y: float, text: str, rise_points: float, layer: int) -> None:
    """Write what a row of a chart is above its place, on a white ground and from the left edge on."""
    ax.annotate(
        text,
        (0, y),
        xytext=(0, rise_points),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=SMALL_POINTS,
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        zorder=layer,
    )


def axes(ax: Axes | None, height_inches: float = 3.7) -> Axes:
    """The axes given, or those of a new figure that belongs to nobody else and needs no display."""
    if ax is not None:
        return ax
    return Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained", facecolor="white").add_subplot()


def figure_of(ax: Axes) -> Figure:
    """The figure on which the axes stand.

    Raises
    ------
    ValueError
        The axes have been taken off their figure.
    """
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("ax = axes without a figure, must stand on one")
    return figure


class _Ticks(ScalarFormatter):
    """Numbers along an axis, with the decimal mark of the current language (matplotlib knows only that of the machine)."""

    def __init__(self, decimal: str) -> None:
        super().__init__(useOffset=False)
        self._decimal = decimal

    def __call__(self, x: float, pos: int | None = None) -> str:
        return super().__call__(x, pos).replace(".", self._decimal)


def dress(ax: Axes, title: str, note: str, x_label: str, y_label: str, above_points: float = 0.0) -> None:
    """Title, a line of small print below it, labels and a light grid.

    Parameters
    ----------
    above_points
        Room left free between the axes and the small print, for the name of a mark.
    """
    lines = textwrap.wrap(note, NOTE_CHARACTERS)
    ax.annotate(
        "\n".join(lines),
        (0, 1),
        xytext=(0, 5 + above_points),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL_POINTS,
        color=SOFT_INK,
    )
    pad = 8 + above_points + 12.5 * len(lines)
    ax.set_title("\n".join(textwrap.wrap(title, 44)), loc="left", fontsize=TITLE_POINTS, fontweight="bold", color=INK, pad=pad)
    ax.set_xlabel(x_label, fontsize=LABEL_POINTS, color=INK)
    ax.set_ylabel(y_label, fontsize=LABEL_POINTS, color=INK)
    if spoken() != "en":
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(_Ticks(written(".")))
    ax.tick_params(labelsize=LABEL_POINTS - 0.5, colors=INK)
    ax.grid(color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def mark_column(ax: Axes, x: float, text: str) -> None:
    """A vertical line with its name above the axes, where it covers nothing; ``dress`` with ``above_points=13`` leaves the room."""
    ax.axvline(x, color=SOFT_INK, linewidth=1, linestyle=(0, (2, 2)), zorder=1)
    ax.annotate(
        text,
        (x, 1),
        xytext=(0, 3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=SMALL_POINTS,
        color=SOFT_INK,
        ha="center",
    )


def say(ax: Axes, text: str) -> None:
    """Words in the place of a chart that has nothing to show."""
    words = ax.text(0.5, 0.5, textwrap.fill(text, 36), transform=ax.transAxes, ha="center", va="center")
    words.set(fontsize=LABEL_POINTS, color=SOFT_INK)
    ax.set_xticks([])
    ax.set_yticks([])


def legend_rows(labels: Sequence[str]) -> int:
    """Lines that ``legend_below`` needs for these labels."""
    return -(-len(labels) // _columns(labels))


def _columns(labels: Sequence[str]) -> int:
    return 2 if max(map(len, labels), default=0) <= 21 else 1


def legend_below(ax: Axes, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """A legend under the label of the x axis, where it covers no data."""
    ax.legend(
        list(handles),
        list(labels),
        loc="upper left",
        bbox_to_anchor=(0, 0),
        # 38 points hold the tick labels and one line of axis label
        bbox_transform=offset_copy(ax.transAxes, figure_of(ax), x=-36, y=-38, units="points"),
        ncols=_columns(labels),
        fontsize=SMALL_POINTS,
        frameon=False,
        borderaxespad=0,
        handlelength=2.6,
        labelspacing=0.35,
        columnspacing=1.2,
    )


def height_for(labels: Sequence[str], base_inches: float = 3.5) -> float:
    """Height of a chart with a legend below, inches."""
    return base_inches + 0.19 * legend_rows(labels)


def _settle(figure: Figure) -> None:
    """Lay a figure out once and for all: the layout depends on the resolution, so files would depend on the order of writing.

    Without an engine left matplotlib draws no trial before each file either.
    """
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)


def svg_text(figure: Figure, name: str) -> str:
    """A figure as an SVG file: letters as outlines, so that no font is needed, and the same bytes on every run.

    Parameters
    ----------
    name
        Goes into the ids of the drawing, so that two charts share none that matplotlib makes up.
    """
    _settle(figure)
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    # matplotlib takes these two only from its global settings
    sheet = io.StringIO()
    with _SAVING, mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(sheet, format="svg", metadata=nothing)
    return sheet.getvalue()


def element(svg: str) -> str:
    """The text of an SVG file from ``<svg `` on: without the head that only a file has."""
    return svg[svg.index("<svg ") :]


def save(figure: Figure, folder: Path, name: str, svg: str | None = None) -> None:
    """Write ``<name>.png`` (200 dpi) and ``<name>.svg`` into an existing folder, the same to the byte for the same figure.

    Parameters
    ----------
    svg
        What ``svg_text`` gave of the figure, when it has been drawn already.
    """
    _settle(figure)
    figure.savefig(folder / f"{name}.png", dpi=200, metadata={"Software": None})
    (folder / f"{name}.svg").write_bytes((svg or svg_text(figure, name)).encode())
