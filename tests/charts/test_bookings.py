import numpy as np

from sim.charts.bookings import plot_calendar, plot_hours


def test_a_calendar_has_a_column_a_week_and_monday_on_top() -> None:
    # 1970-01-05 was a Monday; 15 days are two weeks and a Monday
    ax = plot_calendar(4, np.arange(15))
    shown = ax.collections[0].get_array()
    assert shown.shape == (7, 3)
    assert ax.yaxis_inverted()
    assert shown[0].tolist() == [None, 7, 14]
    assert shown[1].tolist() == [1, 8, None]


def test_hours_are_shares_and_a_file_of_days_says_so() -> None:
    bars = plot_hours(np.r_[np.zeros(10), 3.0, 1.0, np.zeros(12)]).patches
    assert [bar.get_height() for bar in bars][10:12] == [75.0, 25.0]
    assert not plot_hours(np.zeros(0)).patches
