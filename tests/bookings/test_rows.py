"""What happens to the rows of a table: used, or left out for a reason; and what a mapping is told that hardly fits."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sim.bookings.columns import MEANINGS, Columns
from sim.bookings.rows import Rows
from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import FILE
from sim.bookings.understood import read_rows
from sim.config import ConfigError, load

CLIENTS = [f"c{i % 20}" for i in range(60)]
DATES = [f"2023-{1 + i // 28:02d}-{1 + i % 28:02d} 10:30" for i in range(60)]


def read(mapping: dict[str, Any], **columns: list[Any]) -> Rows:
    table = {"client": CLIENTS, "date": DATES, **columns}
    sheet = Sheet("b.csv", {heading: pa.chunked_array([values]) for heading, values in table.items()})
    return read_rows(sheet, load(Columns, {"client": "client", "date": "date", **mapping}, "columns"))


def warnings(rows: Rows) -> list[str]:
    return [str(warning) for warning in rows.warnings]


def test_a_value_to_leave_out_that_no_row_has_is_said() -> None:
    rows = read({"left_out": {"type": ["Product", "Gift"]}}, type=["product", "Service", "Service"] * 20)
    # one row of three is a product, in whatever capitals
    assert rows.left_out() == {"value": 20}
    assert warnings(rows) == ["left_out: type = Gift is in no row"]


def test_many_empty_statuses_are_said_and_a_placeholder_is_an_empty_one() -> None:
    status = ["Done", "-", "Done"] * 20
    rows = read({"status": "status", "statuses": {"Done": "done"}}, status=status)
    assert rows.left_out() == {"no_status": 20}
    assert warnings(rows) == ["status is empty in 20 rows, which are no visits: statuses can say what an empty one means"]
    assert not read({"status": "status", "statuses": {"Done": "done", "": "no_show"}}, status=status).left_out()


def test_ids_that_a_spreadsheet_has_rounded_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"columns\.client = client: 60 of 60 values .* such as '4\.479E\+11', must be at most 2%"
    ):
        read({}, client=["4.479E+11"] * 60)


def test_a_client_a_row_is_said() -> None:
    assert warnings(read({}, client=[str(i) for i in range(60)])) == [
        "each row has a client of its own: is client the number of the booking?"
    ]


def test_letters_with_accents_are_the_same_however_they_are_coded() -> None:
    rows = read({}, client=[("Zo\u00eb", "Zoe\u0308")[i % 2] + str(i // 2 % 10) for i in range(60)])
    assert len(np.unique(rows.client)) == 10


def test_a_format_that_reads_nothing_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match=r"such as '44929', must be at most 2%; columns\.date_format=null reads 60 of them"):
        read({"date_format": "%d/%m/%Y"}, date=[str(44929 + i) for i in range(60)])


def test_a_timezone_that_turns_one_of_two_columns_turns_something() -> None:
    asked = {"Created (UTC)": ["2022-12-24 18:30"] * 60}
    mapping = {"requested": "Created (UTC)", "timezone": "America/Los_Angeles"}
    assert not [text for text in warnings(read(mapping, **asked)) if "turns nothing" in text]
    assert [text for text in warnings(read({"timezone": "Europe/Paris"})) if "turns nothing" in text]


def test_the_heading_of_the_times_may_name_the_zone() -> None:
    days = [date[:10] for date in DATES]
    mapping = {"time": "Time (UTC)", "timezone": "Asia/Tokyo"}
    rows = read(mapping, date=days, **{"Time (UTC)": ["01:30"] * 60})
    # 1:30 UTC is 10:30 in Tokyo
    assert set(rows.start.second % 86400) == {37800}


def test_a_start_in_the_second_pass_of_a_repeated_hour_comes_after_its_request() -> None:
    dates, asked = list(DATES), ["2022-12-24 18:30"] * 60
    # clocks in Paris went from 3:00 back to 2:00; nobody books 30 minutes after the start
    dates[0], asked[0] = "2023-10-29 02:10", "2023-10-29 02:40"
    # in no other hour is a request after its start anything but wrong
    dates[1], asked[1] = "2023-10-29 12:10", "2023-10-29 12:40"
    rows = read({"requested": "asked", "timezone": "Europe/Paris"}, date=dates, asked=asked)
    assert rows.numbers["lead_days"][0] * 24 * 60 == pytest.approx(30)
    assert np.isnan(rows.numbers["lead_days"][1])


def test_a_file_without_the_status_of_others_has_one_of_its_own() -> None:
    mapping = {"status": "status", "statuses": {"Done": "done", "": "no_show"}, "constant_status": {"gone.csv": "cancelled_by_pro"}}
    rows = read(mapping, status=["Done", "", ""] * 20, **{FILE: ["seen.csv", "gone.csv", "seen.csv"] * 20})
    assert [MEANINGS[status] for status in rows.status[:3]] == ["done", "cancelled_by_pro", "no_show"]
