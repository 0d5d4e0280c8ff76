import numpy as np
import pytest

from sim.bookings.visits import Visits
from sim.calibration.histories import histories


def visits(rows: list[tuple[int, int]], n_clients: int, old: tuple[int, ...] = ()) -> Visits:
    client, day = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    censored = np.isin(np.arange(n_clients), old)
    return Visits(client, day, np.zeros(len(day), np.int64), censored, {}, {}, {}, np.full(len(day), np.nan), False)


def test_a_history_is_how_often_how_recently_and_how_regularly() -> None:
    # client 0 on days 0, 7, 21; client 1 once on day 14; client 2 only later
    seen = histories(visits([(0, 0), (0, 7), (0, 21), (1, 14), (2, 40)], 3, old=(1,)), 28)
    assert seen.client.tolist() == [0, 1]
    assert seen.repeats.tolist() == [2, 0]
    assert seen.recency.tolist() == [3, 0]
    assert seen.age.tolist() == [4, 2]
    # gaps of 1 and 2 weeks
    assert seen.sum_log_gaps == pytest.approx([np.log(2), 0])
    assert seen.left_censored.tolist() == [False, True]


def test_what_lies_after_the_last_day_is_not_seen() -> None:
    seen = histories(visits([(0, 0), (0, 7), (0, 21)], 1), 20)
    assert seen.repeats.tolist() == [1]
    assert seen.recency.tolist() == [1]
    assert len(seen.chosen(seen.repeats > 1)) == 0
