"""Charts of plausible markets: what is where, and that it can be read with few worlds, many, and long names."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import style
from sim.charts.worlds import plot_along, plot_information, plot_narrowed, plot_shares, plot_worlds
from sim.metrics.catalogue import RETURN_RATE
from sim.words.language import speaking
from tests.charts.comparisons import small_print
from tests.charts.words import unreadable
from tests.report.plausible import SHARE, SWITCH, arm, dependence, in_full, information

LONG = "requests.a_key_of_another_team.with_a_very_long_name_of_its_own"
ONE = arm("wecasa_2025", 0.012, 0.012)
FULL = in_full([ONE])
UNDERSTOOD = dependence("wecasa_2025")
CHARTS: dict[str, Callable[..., Axes]] = {
    "worlds": lambda ax=None: plot_worlds(ONE, RETURN_RATE, 0.005, ax),
    "worlds of a look": lambda ax=None: plot_worlds(arm("x" * 40, 0.006, 0.01, n=16), RETURN_RATE, 0.005, ax),
    "along a number": lambda ax=None: plot_along(UNDERSTOOD.curves[0], FULL.numbers[0], ONE, RETURN_RATE, 0.005, ax),
    "along a switch": lambda ax=None: plot_along(UNDERSTOOD.curves[1], FULL.numbers[2], ONE, RETURN_RATE, 0.005, ax),
    "shares": lambda ax=None: plot_shares(UNDERSTOOD.first, UNDERSTOOD.total, "wecasa_2025", ax=ax),
    "narrowed": lambda ax=None: plot_narrowed((*FULL.numbers, replace(FULL.numbers[0], name=LONG)), ax=ax),
    "information": lambda ax=None: plot_information([*information(), replace(information()[1], what=LONG)], ax=ax),
}
every_chart = pytest.mark.parametrize("plot", CHARTS.values(), ids=CHARTS)


@every_chart
def test_a_chart_takes_the_axes_it_is_given_and_names_its_units(plot: Callable[..., Axes]) -> None:
    ax = Figure(layout="constrained").add_subplot()
    assert plot(ax) is ax
    assert ax.get_title(loc="left")
    assert any(unit in f"{ax.get_xlabel()} {ax.get_ylabel()}" for unit in ("%", "EUR", "percentage points"))


@every_chart
@pytest.mark.parametrize("code", ["en", "fr", "de"])
def test_every_word_can_be_read(plot: Callable[..., Axes], code: str) -> None:
    with speaking(code):
        assert unreadable(plot()) == []


def test_worlds_stand_in_the_order_of_their_effects_coloured_by_verdict() -> None:
    mixed = replace(ONE, verdicts=("do_not_roll_out",) * 13 + ("discuss",) * 2 + ("roll_out",) * 49)
    backwards = replace(mixed, primary=replace(ONE.primary, drawn=ONE.primary.drawn[:, ::-1]), verdicts=mixed.verdicts[::-1])
    for one in (mixed, backwards):
        ax = plot_worlds(one, RETURN_RATE, 0.005)
        marks = {str(line.get_color()): line for line in ax.get_lines() if line.get_marker() not in ("None", None, "")}
        yes, maybe, no = (marks[colour] for colour in (style.PALETTE[0], style.CONTROL_COLOUR, style.PALETTE[1]))
        assert (len(yes.get_xdata()), len(maybe.get_xdata()), len(no.get_xdata())) == (49, 2, 13)
        assert sorted(no.get_xdata()) == list(range(1, 14))
        assert min(no.get_ydata()) == pytest.approx(100 * ONE.primary.worlds[0])
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["roll out", "discuss", "do not roll out"]
    assert "64 worlds" in small_print(ax)


def test_the_line_of_what_matters_is_where_it_is_and_a_flip_is_marked() -> None:
    ax = CHARTS["along a number"]()
    level = [line for line in ax.get_lines() if len(set(line.get_ydata())) == 1 and line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in level] == [0.5]
    assert [0.48, 0.48] in [list(line.get_xdata()) for line in ax.get_lines()]


def test_levels_of_a_switch_are_points_in_their_order() -> None:
    ax = CHARTS["along a switch"]()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["off", "on"]
    (means,) = [container for container in ax.containers if len(container)]
    assert list(means[0].get_ydata()) == pytest.approx([1.2, 0.3])


def test_shares_are_ranked_by_the_total_and_at_most_eight() -> None:
    many = {f"n{i}": replace(UNDERSTOOD.total[SHARE], estimate=i / 20) for i in range(12)}
    ax = plot_shares(many, many, "wecasa_2025")
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([100 * i / 20 for i in range(11, 3, -1)])


def test_the_numbers_narrowed_most_come_first_with_their_values_and_others_are_left_out() -> None:
    narrow = replace(FULL.numbers[1], spread=0.2)
    ax = plot_narrowed((FULL.numbers[0], narrow, FULL.numbers[2], replace(narrow, name="unmatched", spread=math.nan)))
    names = [text.get_text() for text in ax.texts][1:]
    # -.4 - 1.2 u at u = .943 and .057
    assert names == ["stay.late: −1.53 to −0.468", f"{SHARE}: 0.441 to 0.619"]


def test_measurements_are_filled_and_numbers_hollow() -> None:
    ax = plot_information(information())
    faces = [line.get_markerfacecolor() for line in ax.get_lines()]
    assert faces == [style.PALETTE[0], "white", "white", style.PALETTE[0]]
    assert [line.get_xdata()[0] for line in ax.get_lines()] == [1200, 1100, 300, 250]
    names = [text.get_text() for text in ax.texts][1:]
    assert names == ["ask clients whether they will book again", SHARE, SWITCH, "a randomised test of eight weeks"]


def test_nothing_is_worth_anything_is_a_chart_too() -> None:
    ax = plot_information(information(0.0))
    assert unreadable(ax) == []
    assert np.isfinite(ax.get_xlim()).all()
