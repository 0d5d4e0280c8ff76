"""The picture of where a change helps, hurts or does not matter."""

from itertools import combinations

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.charts import style
from sim.charts.regions import EQUAL, HELPS, HURTS, UNKNOWN, Tile, TileMap, look_of, plot_maps, plot_tiles, word_of
from sim.statistics.intervals import Interval
from sim.words.language import speaking

RETURNS = "return_rate_6m"


def tile(estimate: float, verdict: str) -> Tile:
    return Tile(Interval(estimate, estimate - 0.001, estimate + 0.001, 16), verdict, "5 of 8 markets alone")


MAP = TileMap(
    "score raw",
    "turnover of pros",
    ["low", "high"],
    "offer order",
    ["sampled", "ranked"],
    [[tile(-0.002, "worse"), tile(0.0, "practically equal")], [tile(0.005, "better"), tile(0.0005, "not distinguishable")]],
)


def faces(ax: Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_every_tile_has_its_number_its_interval_its_word_and_small_print() -> None:
    ax = plot_tiles(MAP, RETURNS, Figure().add_subplot())
    words = [text.get_text() for text in ax.texts]
    for number, interval, word in (
        ("−0.20", "[−0.30, −0.10]", "hurts"),
        ("0.00", "[−0.10, +0.10]", "practically equal"),
        ("+0.50", "[+0.40, +0.60]", "helps"),
        ("+0.05", "[−0.05, +0.15]", "not known"),
    ):
        assert words[words.index(number) :][:4] == [number, interval, word, "5 of 8 markets alone"]


def test_the_first_level_stands_on_the_left_and_on_top() -> None:
    ax = plot_tiles(MAP, RETURNS)
    ax.figure.draw_without_rendering()
    place = {text.get_text(): ax.transData.transform(text.get_position()) for text in ax.texts}
    assert place["hurts"][1] > place["helps"][1]
    assert place["hurts"][0] < place["practically equal"][0]


@pytest.mark.parametrize(
    ("verdict", "look"),
    [
        ("better", HELPS),
        ("worse", HURTS),
        ("practically equal", EQUAL),
        ("identical", EQUAL),
        ("not distinguishable", UNKNOWN),
        ("not defined", UNKNOWN),
    ],
)
def test_what_is_not_known_never_looks_or_reads_like_what_is_equal(verdict: str, look) -> None:
    assert look_of(verdict) is look
    assert (word_of(verdict) == word_of("identical")) == (look is EQUAL)


def lightness(colour: str) -> float:
    """Relative luminance (WCAG 2.1), 0..1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_kinds_differ_in_lightness_and_letters_stand_out_from_their_ground() -> None:
    looks = (HELPS, HURTS, EQUAL, UNKNOWN)
    for one, other in combinations(sorted(lightness(look.colour) for look in looks), 2):
        assert other - one > 0.15
    for look in looks:
        dark, light = sorted(map(lightness, (look.colour, look.ink)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, "contrast of WCAG AA"


@pytest.mark.parametrize("lang", ["en", "fr", "de"])
def test_maps_side_by_side_fit_the_sheet_in_every_language(lang: str) -> None:
    with speaking(lang):
        figure = plot_maps([MAP, MAP], RETURNS, "What it changes", "small print that goes on and on " * 6)
    figure.draw_without_rendering()
    sheet = figure.bbox.padded(1)
    (key,) = figure.legends
    words = [text for ax in figure.axes for text in (*ax.texts, ax.xaxis.label, ax.yaxis.label)]
    words += [*key.get_texts(), key.get_title()]
    for box in (text.get_window_extent() for text in words):
        assert sheet.x0 <= box.x0
        assert box.x1 <= sheet.x1
        assert sheet.y0 <= box.y0
    for ax in figure.axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        assert not any(a.padded(-0.5).overlaps(b.padded(-0.5)) for a, b in combinations(boxes, 2))
    assert len(key.get_texts()) == 4


def test_a_tile_without_an_interval_says_so() -> None:
    nothing = Tile(Interval(float("nan"), float("nan"), float("nan"), 2), "not defined", "")
    ax = plot_tiles(TileMap("", "a", ["0"], "", [""], [[nothing]]), RETURNS)
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["not defined", "not known"]
    assert faces(ax)[0].get_hatch() == UNKNOWN.hatch
    assert style.figure_of(ax) is ax.figure
