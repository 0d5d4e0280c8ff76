"""One look for all charts, and files that come out the same every time."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import style
from sim.charts.differences import plot_differences
from sim.charts.exposure import plot_exposure
from sim.charts.new_pro import plot_new_pro
from sim.charts.payback import plot_payback
from sim.charts.score_truth import plot_score_error, plot_score_truth
from sim.charts.second_booking import plot_second_booking
from sim.statistics.comparison import Comparison
from tests.charts.comparisons import CONTROL, EIGHT, GAIN, make_comparison, small_print

ROOT = Path(__file__).resolve().parent.parent.parent
PLOTS: tuple[Callable[..., Axes], ...] = (
    plot_differences,
    plot_second_booking,
    plot_payback,
    plot_exposure,
    plot_score_truth,
    plot_score_error,
    plot_new_pro,
)
SIZES = {
    "one arm": make_comparison({}),
    "two arms": make_comparison({"wecasa_2025": GAIN}),
    "eight arms": make_comparison(EIGHT),
    "one replication": make_comparison({"wecasa_2025": GAIN}, n_replications=1),
    "a long name": make_comparison({"a_policy_of_another_team_with_a_long_name": GAIN}, control="$_{everyone}$ <b> & co"),
}
every_chart = pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
every_size = pytest.mark.parametrize("comparison", SIZES.values(), ids=SIZES)


@every_chart
def test_a_chart_takes_the_axes_it_is_given_and_returns_them(plot: Callable[..., Axes]) -> None:
    ax = Figure(layout="constrained").add_subplot()
    assert plot(SIZES["two arms"], ax) is ax
    assert ax.get_title(loc="left")


@every_chart
@every_size
def test_a_chart_says_what_is_seen_in_which_unit_and_over_how_many_runs(plot: Callable[..., Axes], comparison: Comparison) -> None:
    ax = plot(comparison)
    assert ax.get_title(loc="left")
    labels = f"{ax.get_xlabel()} {ax.get_ylabel()}"
    assert re.search(r"%|EUR|percentage points|weeks", labels)
    assert re.search(rf"\b({comparison.n_replications}|one) replication", small_print(ax).replace("\n", " "))


@every_chart
@every_size
def test_no_letter_leaves_the_sheet_or_covers_another_and_the_legend_covers_no_data(
    plot: Callable[..., Axes], comparison: Comparison
) -> None:
    ax = plot(comparison)
    figure = style.figure_of(ax)
    figure.draw_without_rendering()
    legend = ax.get_legend()
    ticks = [tick.label1 for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()]  # those within the limits
    words = [*ax.texts, *ticks, ax.xaxis.label, ax.yaxis.label, ax._left_title, *(legend.get_texts() if legend else [])]
    boxes = [(text.get_text(), text.get_window_extent()) for text in words if text.get_text() and text.get_visible()]
    sheet = figure.bbox.padded(1)
    for word, box in boxes:
        assert sheet.containsx(box.x0), word
        assert sheet.containsx(box.x1), word
        assert sheet.containsy(box.y0), word
        assert sheet.containsy(box.y1), word
    overlaps = [(one, two) for (one, a), (two, b) in combinations(boxes, 2) if a.padded(-0.5).overlaps(b.padded(-0.5))]
    assert overlaps == []
    if legend:
        assert not legend.get_window_extent().overlaps(ax.get_window_extent())


@every_chart
def test_letters_are_large_enough_for_a_phone(plot: Callable[..., Axes]) -> None:
    ax = plot(SIZES["eight arms"])
    figure = style.figure_of(ax)
    legend = ax.get_legend()
    texts = [*ax.texts, *ax.get_xticklabels(), ax.xaxis.label, *(legend.get_texts() if legend else [])]
    # 358 px are left of a phone 390 px wide; an inch is 72 points
    pixels_per_point = 358 / (72 * figure.get_figwidth())
    assert min(text.get_fontsize() for text in texts) * pixels_per_point >= 9


def test_every_arm_has_a_look_of_its_own_the_control_grey_and_oracles_black() -> None:
    comparison = SIZES["eight arms"]
    looks = {arm: style.arm_style(comparison, arm) for arm in comparison.arms}
    assert looks[CONTROL].colour == style.CONTROL_COLOUR
    assert {looks["oracle"].colour, looks["oracle_proportional"].colour} == {style.REFERENCE_COLOUR}
    assert len(set(looks.values())) == 8
    assert len({look.marker for look in looks.values()}) == 8
    others = [look.colour for arm, look in looks.items() if arm not in (CONTROL, "oracle", "oracle_proportional")]
    assert others == list(style.PALETTE[:5])


def test_twelve_arms_still_differ() -> None:
    comparison = make_comparison({f"arm_{i}": GAIN for i in range(11)})
    assert len({style.arm_style(comparison, arm) for arm in comparison.arms}) == 12


def test_an_oracle_that_is_the_control_is_drawn_as_the_control() -> None:
    comparison = make_comparison({"uniform": GAIN}, control="oracle")
    assert style.arm_style(comparison, "oracle").colour == style.CONTROL_COLOUR
    assert style.arm_style(comparison, "uniform").colour == style.PALETTE[0]


def test_a_name_is_cut_short_and_never_read_as_mathematics() -> None:
    assert style.short("wecasa_2025") == "wecasa_2025"
    assert style.short("a" * 30) == "a" * 25 + "…"
    assert style.short("$x$") == r"\$x\$"


def test_axes_without_a_figure_are_refused() -> None:
    ax = Figure().add_subplot()
    ax.remove()
    with pytest.raises(ValueError, match="ax = axes without a figure, must stand on one"):
        style.figure_of(ax)


def written(folder: Path, plot: Callable[..., Axes], comparison: Comparison) -> tuple[bytes, bytes]:
    folder.mkdir()
    style.save(style.figure_of(plot(comparison)), folder, "chart")
    assert sorted(path.name for path in folder.iterdir()) == ["chart.png", "chart.svg"]
    return (folder / "chart.png").read_bytes(), (folder / "chart.svg").read_bytes()


def test_files_are_the_same_to_the_byte_and_hold_nothing_from_outside(tmp_path: Path) -> None:
    png, svg = written(tmp_path / "a", plot_second_booking, SIZES["eight arms"])
    assert (png, svg) == written(tmp_path / "b", plot_second_booking, SIZES["eight arms"])
    assert len(svg) < 2_000_000
    # the header of a PNG gives width and height: 5 inches at 200 dpi
    assert int.from_bytes(png[16:20]) == 1000
    assert b"Software" not in png
    # nothing but the names of the languages points elsewhere
    addresses = set(re.findall(rb"https?://[^\"']*", svg))
    assert addresses == {
        b"http://www.w3.org/2000/svg",
        b"http://www.w3.org/1999/xlink",
        b"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd",
    }
    assert b"<text" not in svg  # letters are outlines: no font is needed


def test_another_format_written_before_changes_nothing(tmp_path: Path) -> None:
    figure, again = (style.figure_of(plot_payback(SIZES["two arms"])) for _ in range(2))
    (tmp_path / "first.svg").write_text(style.svg_text(figure, "chart"))
    style.save(again, tmp_path, "chart")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "chart.svg").read_bytes()


def test_charts_can_be_saved_from_several_threads_and_leave_the_settings_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(written, tmp_path / str(i), plot_payback, SIZES["two arms"]) for i in range(4)]
        assert len({job.result() for job in jobs}) == 1
    assert dict(mpl.rcParams) == before


CHILD = """
import sys, pathlib
from sim.charts import style
from sim.charts.exposure import plot_exposure
from tests.charts.comparisons import EIGHT, make_comparison
style.save(style.figure_of(plot_exposure(make_comparison(EIGHT))), pathlib.Path(sys.argv[1]), "chart")
assert "matplotlib.pyplot" not in sys.modules
"""


def test_another_process_writes_the_same_bytes_without_a_display_or_pyplot(tmp_path: Path) -> None:
    here = written(tmp_path / "here", plot_exposure, SIZES["eight arms"])
    there = tmp_path / "there"
    there.mkdir()
    # sets of strings come in another order in the other process
    hash_seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "DISPLAY": "", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", CHILD, str(there)], cwd=ROOT, env=environment, check=True)
    assert here == ((there / "chart.png").read_bytes(), (there / "chart.svg").read_bytes())
