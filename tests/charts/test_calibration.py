import math

import numpy as np
import pytest

from sim.calibration.likeness import Check
from sim.charts import style
from sim.charts.calibration import plot_hold_out, plot_ladder, plot_second_visits, plot_shares
from sim.said import say


def check(name: str, real: float, n: int = 100) -> Check:
    return Check(name, say("Rating"), real, real + 0.02, "share", 0.02, 0.05, n, "alike")


LADDER = [check(f"ladder_{i}", share) for i, share in enumerate((0.4, 0.6, 0.7, 0.8), start=1)]


def words(ax) -> str:
    return " ".join(text.get_text() for text in style.figure_of(ax).findobj(lambda artist: hasattr(artist, "get_text")))


def test_the_ladder_shows_both_sides_with_their_reach() -> None:
    ax = plot_ladder(LADDER)
    simulated = next(line for line in ax.lines if len(line.get_xdata()) == 4 and line.get_color() == style.PALETTE[0])
    assert simulated.get_ydata() == pytest.approx([42, 62, 72, 82])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1st", "2nd", "3rd", "4th"]
    assert "100 new clients" in words(ax)


def test_no_end_of_the_ladder_s_intervals_is_beyond_nobody_or_everybody() -> None:
    ax = plot_ladder([check("ladder_1", share, 30) for share in (0.02, 0.5, 0.98, 1.0)])
    ends = np.concatenate([segment[:, 1] for bars in ax.containers for segment in bars.lines[2][0].get_segments()])
    assert ends.min() >= 0
    assert ends.max() <= 100


def test_steps_that_nobody_reached_are_left_out_and_an_empty_ladder_says_so() -> None:
    ax = plot_ladder([*LADDER[:3], check("ladder_4", math.nan, 0)])
    assert len(ax.get_xticklabels()) == 3
    assert "No client of the file could be" in words(plot_ladder([check(f"ladder_{i}", math.nan, 0) for i in (1, 2, 3, 4)]))


def test_second_visits_are_distribution_functions() -> None:
    ax = plot_second_visits(np.array([10.0, 20.0]), np.array([10.0, 183.0]))
    one, other = ax.lines
    assert one.get_ydata()[[9, 10, 20]] == pytest.approx([0, 50, 100])
    assert other.get_ydata()[[10, 182, 183]] == pytest.approx([50, 50, 100])
    assert "Nobody came back" in words(plot_second_visits(np.empty(0), np.ones(3)))


def test_shares_stand_side_by_side() -> None:
    ax = plot_shares("Day of the week", 100, np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0]), ["Mon", "Tue"])
    assert "Day of the week" in words(ax)
    heights = [patch.get_height() for bars in ax.containers for patch in bars.patches]
    assert heights == pytest.approx([50, 50, 0, 100])
    assert "The file does not say" in words(plot_shares("Day of the week", 100, np.empty(0), np.ones(2), ["Mon", "Tue"]))


def test_the_hold_out_starts_at_nothing_and_names_each_forecast() -> None:
    true = np.array([3.0, 5.0])
    ax = plot_hold_out(true, {"simulation": true + 1, "BG/NBD": true + 2, "past $rate$": true * 2}, (true, true + 2))
    assert [line.get_ydata()[0] for line in ax.lines] == [0] * 4
    assert ax.lines[3].get_ydata().tolist() == [0, 6, 10]
    assert "BG/NBD" in words(ax)
    assert r"past \$rate\$" in words(ax)
