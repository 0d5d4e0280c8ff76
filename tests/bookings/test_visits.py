import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from sim.bookings.columns import CANCELLED_BY_CLIENT, DONE
from sim.bookings.rows import Issue, date_of, day_of
from sim.bookings.visits import Visits, check_enough
from sim.config import ConfigError
from tests.bookings.reading import visits_in

CROWD = [(f"c{i}", f"2020-03-{1 + i % 28:02d}") for i in range(40)]
"""Enough clients for a file to be accepted, one visit each."""


def written(folder: Path, rows: list[tuple[str, ...]], header: tuple[str, ...] = ("client", "date")) -> Path:
    path = folder / "bookings.csv"
    path.write_text("\n".join(",".join(row) for row in (header, *rows)) + "\n")
    return path


def read(path: Path, **columns: object) -> tuple[Visits, dict[str, Issue]]:
    mapping = {"client": "client", "date": "date", "left_censored_days": 0, **columns}
    return visits_in(path, mapping)


def refusal(path: Path, **columns: object) -> str:
    with pytest.raises(ConfigError) as caught:
        check_enough(read(path, **columns)[0], path.name)
    return str(caught.value)


def test_rows_come_out_by_client_and_day_whatever_their_order(tmp_path: Path) -> None:
    visits, issues = read(written(tmp_path, [("a", "2020-05-02"), *CROWD, ("a", "2020-05-01")]))
    assert (np.diff(visits.client) >= 0).all()
    assert (np.diff(visits.day)[np.diff(visits.client) == 0] > 0).all()
    assert visits.n_clients == 41
    # c28 follows c27 with the first of March again, and so does the last row, after the crowd began in March, before May
    assert issues["earlier than the row before"].count == 2
    mine = visits.day[visits.client == visits.client[np.flatnonzero(visits.day == day_of("2020-05-02", ""))[0]]]
    assert [date_of(day) for day in mine] == ["2020-05-01", "2020-05-02"]


def test_repeated_rows_and_several_rows_a_day_are_one_visit_each_and_counted(tmp_path: Path) -> None:
    rows = [*CROWD, ("a", "2020-05-01", "x"), ("a", "2020-05-01", "x"), ("a", "2020-05-01", "y")]
    path = written(tmp_path, [row if len(row) == 3 else (*row, "x") for row in rows], ("client", "date", "pro"))
    visits, issues = read(path, pro="pro")
    assert len(visits.day) == 41
    assert issues["the same booking again"].count == 1
    assert issues["further booking of a client on one day"].count == 1


def test_unusable_rows_are_left_out_and_counted_under_the_first_reason(tmp_path: Path) -> None:
    many = [(f"{name}{i}", date) for name, date in CROWD for i in range(5)]
    rows = [*many, ("", "2020-05-01"), ("a", ""), ("a", "soon"), ("a", "2020-02-30"), ("a", "1900-01-01"), ("a", "2999-01-01")]
    visits, issues = read(written(tmp_path, rows))
    assert visits.n_clients == 200
    assert issues["no client"].count == 1
    assert issues["no date"].count == 1
    assert issues["a date that cannot be read"].count == 2
    assert issues["date before 1980 or after 2099"].count == 2


def test_a_column_that_cannot_be_read_is_refused_with_a_value_and_a_way_out(tmp_path: Path) -> None:
    rows = [(*row, "dear" if i < 2 else "45") for i, row in enumerate(CROWD)]
    assert refusal(written(tmp_path, rows, ("client", "date", "paid")), price="paid") == (
        "columns.price = paid: 2 of 40 values of bookings.csv cannot be read, such as 'dear', must be at most 2%;"
        " columns.price=null goes on without it"
    )


def test_a_lone_row_years_away_is_left_out_and_said(tmp_path: Path) -> None:
    visits, issues = read(written(tmp_path, [*CROWD, ("a", "2009-05-01")]))
    assert issues["more than 365 days from the other rows"].count == 1
    assert date_of(visits.day.min()) == "2020-03-01"


def test_lines_of_a_visit_add_up_and_the_dearest_names_the_service(tmp_path: Path) -> None:
    rows = [(*row, "45", "cut") for row in CROWD]
    rows += [("a", "2020-05-01 10:00", "20", "care"), ("a", "2020-05-01 10:00", "60", "colour"), ("a", "2020-05-01 12:00", "", "")]
    visits, issues = read(written(tmp_path, rows, ("client", "date", "paid", "what")), price="paid", service="what")
    mine = visits.day == day_of("2020-05-01", "")
    assert visits.numbers["price"][mine].tolist() == [80.0]
    assert [visits.names["service"][code] for code in visits.labels["service"][mine]] == ["colour"]
    assert issues["further line of a visit"].count == 1
    assert issues["further booking of a client on one day"].count == 1


def test_money_back_totals_goods_and_walk_ins_are_no_visits(tmp_path: Path) -> None:
    rows = [(f"{name}{i}", date, "45", "cut") for name, date in CROWD for i in range(8)]
    rows += [("a", "2020-03-05", "-45", "cut"), ("b", "2020-03-05", "9", "Shampoo"), ("Total", "", "5000", "")]
    # 30 of 353 rows are more than a twentieth
    rows += [("front desk", f"2020-03-{1 + i % 28:02d}", "45", "cut") for i in range(30)]
    path = written(tmp_path, rows, ("client", "date", "paid", "what"))
    visits, issues = read(path, price="paid", service="what", left_out={"what": ["shampoo"]})
    assert visits.n_clients == 320
    assert issues["a negative amount: money back"].count == 1
    assert issues["a value that columns.left_out names"].count == 1
    assert issues["a line of totals"].count == 1
    assert issues["a client who stands for many, such as walk-ins"].count == 30


def test_absurd_values_are_emptied_and_the_visit_stays(tmp_path: Path) -> None:
    rows = [(*row, "5", "3") for row in CROWD] + [("a", "2020-05-01", "9", "100000"), ("b", "2020-05-01", "", "n/a")]
    visits, issues = read(written(tmp_path, rows, ("client", "date", "stars", "late")), rating="stars", minutes_late="late")
    assert len(visits.day) == 42
    assert np.isnan(visits.numbers["rating"]).sum() == 2
    assert np.isnan(visits.numbers["minutes_late"]).sum() == 2
    assert issues["rating outside 1 to 5"].count == 1
    assert issues["minutes_late outside -1440 to 1440"].count == 1


def test_instants_with_a_zone_become_days_of_the_town(tmp_path: Path) -> None:
    # 23:30 in London in summer is half past midnight of the next day in Paris
    rows = [*CROWD, ("a", "2020-07-01T22:30:00Z"), ("b", "2020-07-01T22:30:00-05:00"), ("d", "2020-07-01T22:30")]
    path = written(tmp_path, rows)
    visits, _ = read(path, timezone="Europe/Paris")
    assert [date_of(day) for day in visits.day[visits.day > day_of("2020-06-01", "")]] == ["2020-07-02", "2020-07-02", "2020-07-01"]
    visits, _ = read(path)
    assert [date_of(day) for day in visits.day[visits.day > day_of("2020-06-01", "")]] == ["2020-07-01"] * 3
    assert np.sort(visits.hour)[-1] == 22.5


def test_a_date_format_is_followed(tmp_path: Path) -> None:
    rows = [(name, "/".join(reversed(date.split("-")))) for name, date in CROWD]
    visits, _ = read(written(tmp_path, rows), date_format="%d/%m/%Y")
    assert date_of(visits.day.max()) == "2020-03-28"


def test_clients_who_may_be_older_than_the_file_are_marked_by_rule_or_by_column(tmp_path: Path) -> None:
    rows = [*CROWD, ("late", "2020-05-01")]
    visits, issues = read(written(tmp_path, rows), left_censored_days=10)
    # first days 1 to 10 of March: 10 of the first 28 clients and 10 of the other 12
    assert visits.left_censored.sum() == 20
    assert [issue.count for what, issue in issues.items() if "older" in what] == [20]
    flagged = [(name, date, str(int(name == "c7"))) for name, date in rows]
    visits, _ = read(written(tmp_path, flagged, ("client", "date", "old")), left_censored="old")
    assert visits.left_censored.sum() == 1


def test_a_status_gets_the_meaning_that_the_mapping_gives_it(tmp_path: Path) -> None:
    rows = [(*row, "ok") for row in CROWD] + [("a", "2020-05-01", "gone"), ("a", "2020-05-01", "ok"), ("b", "2020-05-01", "")]
    path = written(tmp_path, rows, ("client", "date", "end"))
    visits, issues = read(path, status="end", statuses={"ok": "done", "gone": "cancelled_by_client"})
    # a day with a cancelled and a kept booking has both
    assert sorted(visits.status[visits.day == day_of("2020-05-01", "")]) == [DONE, CANCELLED_BY_CLIENT]
    assert len(visits.done().day) == 41
    assert issues["no status"].count == 1
    assert refusal(path, status="end", statuses={"later": "left_out"}) == (
        "columns.statuses, must say what end = 'gone' (1 rows), 'ok' (41 rows) mean: done, cancelled_by_pro, cancelled_by_client,"
        " no_show, unfilled, left_out"
    )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"client": "who"}, "columns.client: who, must be a column of bookings.csv; there are: client, date"),
        ({"pro": "barber"}, "columns.pro: barber, must be a column of bookings.csv; there are: client, date"),
        (
            {"statuses": {"ok": "fine"}},
            "columns.statuses.ok = 'fine', must be one of done, cancelled_by_pro, cancelled_by_client, no_show, unfilled, left_out",
        ),
        ({"timezone": "Mars/Olympus"}, "columns.timezone = 'Mars/Olympus', must be a name such as Europe/Paris"),
        ({"left_censored_days": -1}, "columns.left_censored_days = -1, input should be greater than or equal to 0"),
        ({"cleint": "x"}, "columns.cleint = 'x', unknown key"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, columns: dict[str, object], message: str) -> None:
    assert refusal(written(tmp_path, list(CROWD)), **columns) == message


def test_files_that_hold_nothing_usable_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv").startswith(f"data = {str(tmp_path / 'none.csv')!r}, must be a file")
    assert "holds no" in refusal(written(tmp_path, []))
    assert "holds no usable row: 1 with no client" in refusal(written(tmp_path, [("", "2020-01-01")]))
    assert "columns.date = date: 1 of 1 values" in refusal(written(tmp_path, [("a", "never")]))
    assert "holds 1 clients with a visit, must hold at least 30" in refusal(written(tmp_path, [("a", "2020-01-01")]))


def test_parquet_and_csv_give_the_same_visits(tmp_path: Path) -> None:
    path = written(tmp_path, list(CROWD))
    pq.write_table(pa.csv.read_csv(path), tmp_path / "bookings.parquet")
    one, other = read(path)[0], read(tmp_path / "bookings.parquet")[0]
    assert (one.day == other.day).all()
    assert (one.client == other.client).all()


def test_a_hundred_thousand_rows_take_less_than_three_seconds(tmp_path: Path) -> None:
    # a million in 30 s is the promise; this is a tenth of it
    generator = np.random.default_rng(1)
    n = 100_000
    days = np.datetime64("2020-01-01") + generator.integers(0, 900, n)
    table = pa.table({"client": generator.integers(0, 20_000, n), "date": pa.array(days), "rating": generator.integers(1, 6, n)})
    pa.csv.write_csv(table, tmp_path / "many.csv")
    started = time.process_time()
    visits, _ = read(tmp_path / "many.csv", rating="rating")
    assert time.process_time() - started < 3
    assert visits.n_clients == len(np.unique(table["client"]))


def test_a_booking_that_is_made_again_soon_is_one_need(tmp_path: Path) -> None:
    rows = [(*row, "ok") for row in CROWD]
    # cancelled and kept on one day: a visit. Cancelled, then kept nine days later: a visit. Cancelled for good: a need.
    rows += [("a", "2020-05-01", "gone"), ("a", "2020-05-01", "ok")]
    rows += [("b", "2020-05-01", "gone"), ("b", "2020-05-10", "ok"), ("b", "2020-06-20", "gone")]
    visits, _ = read(
        written(tmp_path, rows, ("client", "date", "end")), status="end", statuses={"ok": "done", "gone": "cancelled_by_client"}
    )
    assert len(visits.done().day) == 42
    needs = visits.needs()
    assert len(needs.day) == 43
    assert [date_of(day) for day in needs.day[needs.status != DONE]] == ["2020-06-20"]


def test_a_lead_time_that_cannot_be_is_counted(tmp_path: Path) -> None:
    path = written(tmp_path, [("a", "2020-05-02", "2020-05-01"), ("b", "2020-05-02", "2020-05-03")], ("client", "date", "asked"))
    visits, issues = read(path, requested="asked")
    assert np.array_equal(visits.numbers["lead_days"], [1.0, np.nan], equal_nan=True)
    assert issues["asked for after the visit, or more than 730 days before it"].count == 1
