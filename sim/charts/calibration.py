"""Real bookings beside simulated ones."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.bookings.visits import RETURN_DAYS
from sim.calibration.likeness import Check, ladder_points
from sim.charts import style
from sim.words.language import t, told
from sim.words.units import whole

REAL, SIMULATED, OTHERS = style.INK, style.PALETTE[0], style.PALETTE[1:4]


def plot_ladder(checks: Sequence[Check], ax: Axes | None = None) -> Axes:
    """Share of clients who come again within 183 days of each visit, in the file and simulated."""
    labels = [t("file, 95 % interval"), t("simulated, band: luck of as many clients")]
    ax = style.axes(ax, style.height_for(labels))
    points = {step: point for step, point in ladder_points(checks).items() if point[0].n}
    n = max((check.n_real for check in checks if check.name == "ladder_1"), default=0)
    style.dress(
        ax,
        t("Who came once more, comes again"),
        t("{n} new clients of the file", n=whole(n)),
        t("after the visit"),
        t("next visit within {days} days, %", days=RETURN_DAYS),
    )
    if not points:
        style.say(ax, t("No client of the file could be followed for half a year."))
        return ax
    at = np.arange(len(points))
    ends = 100 * np.array([(real.estimate, real.low, real.high) for real, _, _ in points.values()])
    simulated, luck = (100 * np.array(column) for column in zip(*(point[1:] for point in points.values()), strict=True))
    reach = np.abs(ends[:, 1:].T - ends[:, 0])
    dots = ax.errorbar(at, ends[:, 0], reach, fmt="o", color=REAL, capsize=4, zorder=3)
    (line,) = ax.plot(at, simulated, color=SIMULATED, marker="s", linewidth=1.6, zorder=2)
    band = np.clip((simulated - luck, simulated + luck), 0, 100)
    ax.fill_between(at, *band, color=SIMULATED, alpha=0.2, linewidth=0, zorder=1)
    ax.set_xticks(at, list(map(told, points)))
    style.legend_below(ax, [dots.lines[0], line], labels)
    return ax


def plot_second_visits(real: Floats, simulated: Floats, ax: Axes | None = None) -> Axes:
    """How long those who come back within 183 days take, as shares who are back by each day.

    Parameters
    ----------
    real, simulated
        Days to the second visit of each client.
    """
    labels = [t("file"), t("simulated")]
    ax = style.axes(ax, style.height_for(labels))
    note = t(
        "{n} clients of the file who came back within {days} days, {simulated} simulated",
        n=whole(len(real)),
        days=RETURN_DAYS,
        simulated=whole(len(simulated)),
    )
    style.dress(ax, t("How soon they come back"), note, t("days since the first visit"), t("share who are back, %"))
    if not len(real) or not len(simulated):
        style.say(ax, t("Nobody came back who could be followed."))
        return ax
    days = np.arange(RETURN_DAYS + 1)
    curves = [100 * np.searchsorted(np.sort(gaps), days, side="right") / len(gaps) for gaps in (real, simulated)]
    (one,) = ax.plot(days, curves[0], color=REAL, linewidth=1.6, drawstyle="steps-post")
    (other,) = ax.plot(days, curves[1], color=SIMULATED, linewidth=1.6, linestyle="--")
    ax.set_xlim(0, RETURN_DAYS)
    ax.set_ylim(0, 100)
    ax.set_xticks(range(0, RETURN_DAYS + 1, 30))
    style.legend_below(ax, [one, other], labels)
    return ax


def plot_shares(title: str, n_real: int, real: Floats, simulated: Floats, ticks: Sequence[str], ax: Axes | None = None) -> Axes:
    """A distribution over a few values, side by side; the values are 0, 1, ... in the order of ``ticks``.

    Parameters
    ----------
    n_real
        Cases of the file.
    """
    labels = [t("file"), t("simulated")]
    ax = style.axes(ax, style.height_for(labels))
    note = t("{n} cases of the file", n=whole(n_real))
    style.dress(ax, title, note, "", t("share of cases, %"))
    if not len(real) or not len(simulated):
        style.say(ax, t("The file does not say.") if not len(real) else t("Nobody had a visit in the simulation."))
        return ax
    at = np.arange(len(ticks))
    drawn = []
    for values, shift, colour in ((real, -0.2, REAL), (simulated, 0.2, SIMULATED)):
        shares = 100 * np.array([(values == i).mean() for i in at])
        drawn.append(ax.bar(at + shift, shares, width=0.4, color=colour))
    ax.set_xticks(at, list(ticks))
    style.legend_below(ax, [bars.patches[0] for bars in drawn], labels)
    return ax


def plot_hold_out(true: Floats, forecasts: Mapping[str, Floats], band: tuple[Floats, Floats], ax: Axes | None = None) -> Axes:
    """Visits of known clients since the start of the hold-out, and what was forecast.

    Parameters
    ----------
    true
        (n_weeks,) cumulative.
    forecasts
        By name, (n_weeks,) each; the own first.
    band
        (n_weeks,) each: 95 % interval of the own.
    """
    labels = [t("what happened"), *(style.short(name, 40) for name in forecasts)]
    ax = style.axes(ax, style.height_for(labels))
    style.dress(
        ax,
        t("What was held out, and what was forecast"),
        t("band: 95 % interval of the forecast"),
        t("weeks since the start"),
        t("visits of known clients"),
    )
    weeks = np.arange(len(true) + 1)
    (line,) = ax.plot(weeks, np.r_[0, true], color=REAL, linewidth=2)
    lines = [line]
    looks = zip((SIMULATED, *OTHERS), ("-", "--", "-.", ":"), strict=True)
    for (colour, dashes), values in zip(looks, forecasts.values(), strict=False):
        (line,) = ax.plot(weeks, np.r_[0, values], color=colour, linestyle=dashes, linewidth=1.6)
        lines.append(line)
    ax.fill_between(weeks, np.r_[0, band[0]], np.r_[0, band[1]], color=SIMULATED, alpha=0.2, linewidth=0)
    ax.set_xlim(0, len(true))
    ax.set_ylim(bottom=0)
    style.legend_below(ax, lines, labels)
    return ax
