import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim import calendar
from sim.calendar import SLOTS_PER_DAY, is_free, mark, nearest_free_slot, open_days, slot_mask

N_DAYS = 10
DAY_AND_NIGHT = slot_mask(0, SLOTS_PER_DAY)


def open_from(first_hour: int, hours: int) -> np.ndarray:
    """(1, 7) weekly hours of one pro with the same hours every day."""
    return np.full((1, 7), slot_mask(2 * first_hour, 2 * hours), np.int64)


def calendar_of(work: np.ndarray) -> np.ndarray:
    return open_days(work, N_DAYS)


def always() -> np.ndarray:
    return calendar_of(np.full((1, 7), DAY_AND_NIGHT, np.int64))


spans = st.tuples(st.integers(0, (N_DAYS - 3) * SLOTS_PER_DAY), st.integers(1, 100))
# the half hours worked on each weekday: from one half hour to another, or none
workdays = st.tuples(st.integers(0, SLOTS_PER_DAY - 1), st.integers(0, SLOTS_PER_DAY)).map(lambda ends: set(range(*ends)))
weeks = st.lists(st.one_of(workdays, st.just(set(range(SLOTS_PER_DAY)))), min_size=7, max_size=7)


def words(days: list[set[int]]) -> np.ndarray:
    return np.array([[sum(1 << bit for bit in day) for day in days]], np.int64)


def test_a_mask_has_one_bit_a_half_hour() -> None:
    assert slot_mask(0, 1) == 0b1
    assert slot_mask(2, 3) == 0b11100
    assert slot_mask(47, 1) == 1 << 47
    # 48 half hours: all of the lowest 48 bits
    assert slot_mask(0, 48) == 2**48 - 1


def test_a_tick_is_a_second_and_a_slot_is_half_an_hour() -> None:
    assert calendar.TICKS_PER_SLOT == 30 * 60
    assert calendar.TICKS_PER_DAY == SLOTS_PER_DAY * calendar.TICKS_PER_SLOT == 24 * calendar.TICKS_PER_HOUR


def test_a_pro_is_free_only_within_working_hours() -> None:
    # open 9:00 to 17:00, so from slot 18 to the end of slot 33
    free = calendar_of(open_from(9, 8))
    assert is_free(free, 0, 18, 16)
    assert not is_free(free, 0, 17, 2)
    assert not is_free(free, 0, 33, 2)
    assert is_free(free, 0, 33, 1)
    # the same hours eight days later
    assert is_free(free, 0, 8 * SLOTS_PER_DAY + 18, 16)


def test_each_weekday_has_its_own_hours() -> None:
    # day 0 is a Monday; open on Wednesdays only, so on days 2 and 9
    work = np.zeros((1, 7), np.int64)
    work[0, 2] = DAY_AND_NIGHT
    assert [day for day in range(N_DAYS) if is_free(calendar_of(work), 0, day * SLOTS_PER_DAY, 1)] == [2, 9]


def test_a_session_may_run_past_midnight() -> None:
    free = always()
    # four half hours from 23:00 of day 1: two bits at the top of one word, two at the bottom of the next
    mark(free, 0, SLOTS_PER_DAY + 46, 4, True)
    assert free[1, 0] == slot_mask(0, 46)
    assert free[2, 0] == slot_mask(2, 46)
    assert free[[0, *range(3, N_DAYS)], 0].tolist() == [DAY_AND_NIGHT] * (N_DAYS - 2)
    assert not is_free(free, 0, SLOTS_PER_DAY + 45, 2)
    assert not is_free(free, 0, 2 * SLOTS_PER_DAY + 1, 1)
    assert is_free(free, 0, SLOTS_PER_DAY + 44, 2)
    assert is_free(free, 0, 2 * SLOTS_PER_DAY + 2, 1)


def test_a_session_past_midnight_needs_the_hours_of_both_weekdays() -> None:
    # open on Sunday (weekday 6) and Monday: day 6 runs into day 7, a Monday; day 0 into day 1, a closed Tuesday
    work = np.zeros((1, 7), np.int64)
    work[0, [0, 6]] = DAY_AND_NIGHT
    assert is_free(calendar_of(work), 0, 6 * SLOTS_PER_DAY + 47, 2)
    assert not is_free(calendar_of(work), 0, 47, 2)


def test_booking_one_pro_leaves_the_others_alone() -> None:
    free = calendar_of(np.full((3, 7), DAY_AND_NIGHT, np.int64))
    mark(free, 1, 40, 20, True)
    assert (free[:, [0, 2]] == DAY_AND_NIGHT).all()
    assert free[0, 1] == slot_mask(0, 40)


@given(weeks, st.lists(spans, max_size=6), spans)
def test_is_free_equals_a_model_made_of_sets(week: list[set[int]], booked: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    free = calendar_of(words(week))
    taken: set[int] = set()
    for slot, n in booked:
        mark(free, 0, slot, n, True)
        taken |= set(range(slot, slot + n))
    slot, n = asked
    expected = all(s % SLOTS_PER_DAY in week[s // SLOTS_PER_DAY % 7] and s not in taken for s in range(slot, slot + n))
    assert is_free(free, 0, slot, n) == expected


@given(st.lists(st.integers(0, DAY_AND_NIGHT), min_size=N_DAYS, max_size=N_DAYS), spans)
def test_releasing_a_session_restores_what_was_there_before(before: list[int], span: tuple[int, int]) -> None:
    free = np.array([before], np.int64).T.copy()
    mark(free, 0, *span, False)
    without = free.copy()
    mark(free, 0, *span, True)
    assert np.bitwise_count(free).sum() == np.bitwise_count(without).sum() - span[1]
    mark(free, 0, *span, False)
    assert (free == without).all()


def test_the_nearest_free_slot_prefers_the_later_of_two() -> None:
    free = always()
    assert nearest_free_slot(free, 0, 100, 2, 0) == 100
    # one hour is asked; 100 and 101 are taken: 98 and 102 are equally near
    mark(free, 0, 100, 2, True)
    assert nearest_free_slot(free, 0, 100, 2, 0) == 102
    # and with 102 taken too, 98 is nearer than 103
    mark(free, 0, 102, 1, True)
    assert nearest_free_slot(free, 0, 100, 2, 0) == 98
    # 98 is too soon now
    assert nearest_free_slot(free, 0, 100, 2, 99) == 103
    # and so is everything before 110
    assert nearest_free_slot(free, 0, 100, 2, 110) == 110


def test_the_nearest_free_slot_is_at_most_a_day_away() -> None:
    free = always()
    mark(free, 0, 200 - 48, 96, True)
    # 152..247 are taken: the first free ones are 248, exactly 48 later, and 151, 49 sooner
    assert nearest_free_slot(free, 0, 200, 1, 0) == 248
    mark(free, 0, 248, 1, True)
    assert nearest_free_slot(free, 0, 200, 1, 0) == -1


@given(weeks, st.lists(spans, max_size=6), st.integers(96, 300), st.integers(1, 8), st.integers(0, 320))
def test_the_nearest_free_slot_equals_a_search_of_all(
    week: list[set[int]], booked: list[tuple[int, int]], slot: int, n: int, earliest: int
) -> None:
    free = calendar_of(words(week))
    for span in booked:
        mark(free, 0, *span, True)
    near = [s for s in range(slot - 48, slot + 49) if s >= earliest and is_free(free, 0, s, n)]
    expected = min(near, key=lambda s: (abs(s - slot), -s), default=-1)
    assert nearest_free_slot(free, 0, slot, n, earliest) == expected
