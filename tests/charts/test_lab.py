"""Charts of experiments."""

import numpy as np
import pytest

from sim.charts.lab import WEEKS, plot_designs, plot_power
from sim.words.language import LANGUAGES, speaking
from tests.charts.lab import design


def test_each_design_has_a_row_with_where_experiments_end_and_their_bias() -> None:
    ax = plot_designs([design(), design("zone", bias=0.004)], "share")
    spread, bias = ax.lines[2], ax.lines[3]
    # in points: .6 + .4, and 1.96 x .2 to either side; the bias's interval is .1 to either side
    np.testing.assert_allclose(spread.get_xdata(), [1.0 - 0.392, 1.0 + 0.392])
    np.testing.assert_allclose(bias.get_xdata(), [0.9, 1.1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["client", "zone"]
    # zero and the truth
    assert [line.get_xdata()[0] for line in ax.lines[-2:]] == [0, 0.6]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rows_are_named_in_every_language(lang: str) -> None:
    with speaking(lang):
        ax = plot_designs([design(), design("zone")], "share")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["client", "zone"]


def test_power_rises_with_time_and_reaches_eighty_percent_when_needed() -> None:
    one = design()
    ax = plot_power([one], 52.0)
    power = np.asarray(ax.lines[0].get_ydata())
    assert (np.diff(power) > -1e-9).all()
    assert np.interp(one.weeks, WEEKS, power) == np.clip(np.interp(one.weeks, WEEKS, power), 79, 81)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["client"]
