"""What the settings of a front are: a line a policy, a column a key."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.charts import style
from sim.words.language import t
from sim.words.units import brief

Shown = float | int | str | bool | None
ROW_INCHES = 0.85


def plot_settings(
    keys: Sequence[str], points: Mapping[str, Mapping[str, Shown]], recommended: str | None, ax: Axes | None = None
) -> Axes:
    """Settings of several policies, one row a key, each from its least to its greatest value among them.

    Parameters
    ----------
    keys
        One row each, from the top.
    points
        By policy, its value by key; a policy without a key has a gap there.
    recommended
        The policy that stands out; None for none.
    """
    ax = style.axes(ax, 1.6 + ROW_INCHES * len(keys))
    style.dress(
        ax,
        t("Settings of the front"),
        t("a line a setting; a gap: it has no such key"),
        t("from the least to the greatest value here"),
        "",
    )
    ax.grid(False)
    rows = np.arange(len(keys))[::-1].astype(float)
    places = {key: _places([one[key] for one in points.values() if key in one]) for key in keys}
    handles: list[Artist] = []
    for name, one in points.items():
        along = [places[key][one[key]] if key in one else np.nan for key in keys]
        stands_out = name == recommended
        handle = ax.plot(
            along,
            rows,
            marker="o",
            markersize=6 if stands_out else 4,
            color=style.PALETTE[1] if stands_out else style.PALETTE[0],
            linewidth=2.2 if stands_out else 1.0,
            alpha=1.0 if stands_out else 0.55,
            zorder=3 if stands_out else 2,
        )
        if stands_out:
            handles += handle
    for key, row in zip(keys, rows, strict=True):
        ax.axhline(row, color=style.RULE, linewidth=0.8, zorder=0)
        style.name_row(ax, row, style.short(key.removeprefix("arm."), 40), 10.0, 4)
        for value, x in _ends(places[key]):
            ax.annotate(
                _written(value),
                (x, row),
                xytext=(0, -13),
                textcoords="offset points",
                ha="center",
                fontsize=style.SMALL_POINTS,
                color=style.SOFT_INK,
            )
    ax.set_yticks([])
    ax.set_xticks([])
    ax.set_ylim(-0.6, len(keys) - 0.45)
    ax.set_xlim(-0.12, 1.12)
    if handles:
        style.legend_below(ax, handles, [t("recommended")])
    return ax


def _places(values: Sequence[Shown]) -> dict[Shown, float]:
    """Where each value lies, 0 to 1: numbers by their size, names in the order in which they come."""
    distinct = list(dict.fromkeys(values))
    numbers = [float(value) for value in distinct if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(distinct) or not numbers:
        return {value: i / max(len(distinct) - 1, 1) if len(distinct) > 1 else 0.5 for i, value in enumerate(distinct)}
    low, high = min(numbers), max(numbers)
    return {value: (number - low) / (high - low) if high > low else 0.5 for value, number in zip(distinct, numbers, strict=True)}


def _ends(places: Mapping[Shown, float]) -> list[tuple[Shown, float]]:
    """Values that are written: all names, the least and the greatest number."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in places):
        return sorted({x: (value, x) for value, x in places.items() if x in (0.0, 0.5, 1.0)}.values(), key=lambda pair: pair[1])
    return list(places.items())


def _written(value: Shown) -> str:
    return brief(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else style.short(str(value), 18)
