"""Maps and lines of two factors: right numbers, readable words, the best framed."""

import re
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from sim.charts import style
from sim.charts.effects import BEST_COLOUR, plot_heat_map, plot_interaction
from sim.charts.warm_up import plot_warm_up
from sim.statistics.cells import CellMeans, cell_means
from sim.statistics.designs import full_factorial
from sim.statistics.warm_up import judge_warm_up
from tests.charts.comparisons import small_print


def make_cells(n_a: int = 2, n_b: int = 3, n: int = 8, metric: str = "return_rate_6m") -> CellMeans:
    """Rates of .30 + .01 a + .02 b without noise of their own, but for a known spread over replications that all cells share."""
    design = full_factorial({"arm.allocator.strength": [0.5 * i for i in range(n_a)], "arm.score.min_sessions": list(range(n_b))})
    rates = 0.30 + 0.01 * design.index[:, 0] + 0.02 * design.index[:, 1]
    luck = np.linspace(-0.01, 0.01, n) if n > 1 else np.zeros(1)
    return cell_means(metric, design, rates[:, None] + luck, *design.factors, better="higher")


def make_warm_up(n_weeks: int = 180, n: int = 8, warmup_days: float = 366.0):
    weeks = np.arange(n_weeks)
    return judge_warm_up((1 - np.exp(-weeks / 15))[None] + 0.02 * np.random.default_rng(1).normal(size=(n, n_weeks)), warmup_days)


CHARTS = {
    "small map": lambda ax=None: plot_heat_map(make_cells(), ax),
    "study map": lambda ax=None: plot_heat_map(make_cells(5, 5), ax),
    "wide map": lambda ax=None: plot_heat_map(make_cells(3, 9), ax),
    "huge map": lambda ax=None: plot_heat_map(make_cells(12, 12), ax),
    "map of one run": lambda ax=None: plot_heat_map(make_cells(2, 3, 1), ax),
    "lines": lambda ax=None: plot_interaction(make_cells(5, 4), ax),
    "lines of one run": lambda ax=None: plot_interaction(make_cells(2, 2, 1), ax),
    "settled": lambda ax=None: plot_warm_up(make_warm_up(), ax, "new clients who book again (%)"),
    "too short": lambda ax=None: plot_warm_up(make_warm_up(warmup_days=7), ax),
    "no answer": lambda ax=None: plot_warm_up(make_warm_up(30, 1), ax),
}
every_chart = pytest.mark.parametrize("plot", CHARTS.values(), ids=CHARTS)


@every_chart
def test_a_chart_takes_the_axes_it_is_given_and_names_what_is_seen_and_how_many_runs(plot) -> None:
    ax = Figure(layout="constrained").add_subplot()
    assert plot(ax) is ax
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert re.search(r"\b[18] replication", small_print(ax))


@every_chart
def test_no_letter_leaves_the_sheet_or_covers_another(plot) -> None:
    ax = plot()
    figure = style.figure_of(ax)
    figure.draw_without_rendering()
    legend = ax.get_legend()
    ticks = [tick.label1 for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()]
    words = [*ax.texts, *ticks, ax.xaxis.label, ax.yaxis.label, ax._left_title, *(legend.get_texts() if legend else [])]
    boxes = [(text.get_text(), text.get_window_extent()) for text in words if text.get_text() and text.get_visible()]
    sheet = figure.bbox.padded(1)
    outside = [word for word, box in boxes if not sheet.containsx(box.x0) or not sheet.containsx(box.x1)]
    outside += [word for word, box in boxes if not sheet.containsy(box.y0) or not sheet.containsy(box.y1)]
    assert outside == []
    overlaps = [(one, two) for (one, a), (two, b) in combinations(boxes, 2) if a.padded(-0.5).overlaps(b.padded(-0.5))]
    assert overlaps == []


def texts_of_cells(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts[1:]]  # the first is the small print


def test_a_map_writes_means_and_half_widths_in_percent() -> None:
    # luck -.01 .. .01 in 8 even steps: sd .0069985, error .0024744, t(.975, 7) = 2.3646: .585 points
    ax = plot_heat_map(make_cells())
    assert texts_of_cells(ax) == [f"{mean}\n±0.6" for mean in ("30.0", "32.0", "34.0", "31.0", "33.0", "35.0")]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "1", "2"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0", "0.5"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("min sessions   (cells in %)", "strength")


def frames(ax: Axes) -> list[tuple[int, int]]:
    found = [patch for patch in ax.patches if to_hex(patch.get_edgecolor()).upper() == BEST_COLOUR]
    return [(round(patch.get_y() + 0.42), round(patch.get_x() + 0.44)) for patch in found]


def test_only_cells_that_may_be_the_best_are_framed_and_the_frame_is_explained() -> None:
    ax = plot_heat_map(make_cells())
    assert frames(ax) == [(1, 2)]
    assert "framed: cannot be told from the best" in small_print(ax).replace("\n", " ")
    alone = plot_heat_map(make_cells(n=1))
    assert frames(alone) == []
    assert "no cell can be told from the best" in small_print(alone).replace("\n", " ")
    design = full_factorial({"a": [0, 1], "b": [0, 1]})
    nothing = plot_heat_map(cell_means("same_pro_return_share", design, np.zeros((4, 3)), "a", "b"))
    assert frames(nothing) == []
    assert "framed" not in small_print(nothing)


def test_wide_maps_drop_half_widths_from_the_cells_and_say_them_once() -> None:
    ax = plot_heat_map(make_cells(3, 9))
    assert texts_of_cells(ax)[0] == "30.0"
    assert "at most ± 0.6" in small_print(ax).replace("\n", " ")
    huge = plot_heat_map(make_cells(12, 12))
    assert set(texts_of_cells(huge)) == {""}
    assert "30.0 is dark, 63.0 light" in small_print(huge).replace("\n", " ")


def test_a_cell_that_is_not_defined_is_a_dash() -> None:
    design = full_factorial({"a": [0, 1], "b": [0, 1]})
    responses = np.full((4, 3), 0.3)
    responses[2] = np.nan
    ax = plot_heat_map(cell_means("return_rate_6m", design, responses, "a", "b", better="higher"))
    assert texts_of_cells(ax)[2] == "–"


def test_lines_stand_at_the_means_with_their_intervals() -> None:
    ax = plot_interaction(make_cells(2, 3))
    assert [list(np.round(line.get_ydata(), 6)) for line in ax.lines] == [[30, 31], [32, 33], [34, 35]]
    (first, *_) = ax.collections
    ends = first.get_segments()[0][:, 1]
    assert ends == pytest.approx([30 - 0.585, 30 + 0.585], abs=1e-3)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [f"min sessions {level}" for level in (0, 1, 2)]
    # no two lines look alike to somebody who sees no colours
    assert len({line.get_marker() for line in ax.lines}) == 3


def test_an_undefined_metric_is_said() -> None:
    design = full_factorial({"a": [0, 1], "b": [0, 1]})
    cells = cell_means("return_rate_6m", design, np.full((4, 3), np.nan), "a", "b")
    assert "not defined at any point" in small_print(plot_interaction(cells)).replace("\n", " ")
    assert texts_of_cells(plot_heat_map(cells)) == ["–"] * 4


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(KeyError, match="return_rate"):
        plot_heat_map(make_cells(metric="return_rate"))
