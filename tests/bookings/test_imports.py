"""Small files that real tools and people write, each with the mapping that a user gave and what is right about it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sim.bookings.columns import Columns
from sim.bookings.quality import quality_of
from sim.bookings.sources.open import read_sheets
from sim.bookings.understood import read_rows
from sim.bookings.visits import visits_of
from sim.config import ConfigError, load

FOLDER = Path(__file__).parent.parent / "data" / "imports"


def quality(name: str, **changes: Any) -> dict[str, Any]:
    columns = load(Columns, yaml.safe_load((FOLDER / f"{name}.yaml").read_text()) | changes, "columns")
    rows = read_rows(read_sheets([str(FOLDER / f"{name}.csv")]), columns)
    return quality_of(rows, visits_of(rows)[0])


RIGHT: dict[str, dict[str, Any]] = {
    "date_and_time_apart": {"hours": [0] * 10 + [61] + [0] * 13, "visits": 61},
    "idle_pros": {"clients": 80, "return_rate_6m": 0.5},
    "multi_service": {"price_median": 65.0},
    "preamble": {"rows": 61, "visits": 61},
    "price_currency": {"price_median": 45.0},
    "price_decimal_comma": {"price_median": 32.5},
    # 20 of the 40 rows with an amount above 0 are followed by one within 183 days; 20 rows are money back
    "refund_rows": {"followed": 40, "return_rate_6m": 0.5, "left_out": {"money_back": 20}},
    "semicolon": {"rows": 61, "visits": 61},
    "statuses_yes_no": {"rows": 61, "rows_used": 61},
    "tabs": {"rows": 61, "visits": 61},
    "utc_midnight": {"first_day": "2023-01-03", "hours": None},
    "utf16": {"rows": 61, "visits": 61},
    "windows_1252": {"rows": 61, "visits": 61},
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_file_as_a_tool_writes_it_is_read_right(name: str) -> None:
    found = quality(name, **({"time": "time"} if name == "date_and_time_apart" else {}))
    assert {key: found[key] for key in RIGHT[name]} == RIGHT[name]


def test_a_name_in_windows_1252_keeps_its_letters() -> None:
    columns = load(Columns, yaml.safe_load((FOLDER / "windows_1252.yaml").read_text()) | {"keep_ids": True}, "columns")
    rows = read_rows(read_sheets([str(FOLDER / "windows_1252.csv")]), columns)
    assert rows.names["pro"] == ("Zoë",)


def test_a_column_that_its_heading_calls_utc_becomes_local_time() -> None:
    hours = quality("crash_night_hours", left_censored_days=0)["hours"]
    # 1:00 to 5:00 UTC is 17:00 to 21:00 in winter in Los Angeles, and 18:00 to 22:00 in summer
    assert {hour for hour, n in enumerate(hours) if n} <= set(range(17, 23))


def test_the_two_columns_of_dates_may_be_written_otherwise() -> None:
    found = quality("requested_other_format")
    # asked for two days before, at an unknown time
    assert found["lead_days_mean"] == 2.0


@pytest.mark.parametrize("name", ["dates_month_first", "crash_no_visit"])
def test_dates_in_another_order_than_said_are_refused_with_the_order_that_reads_them(name: str) -> None:
    with pytest.raises(ConfigError, match="%m/%d/%Y"):
        quality(name)
    found = quality(name, date_format=None, left_censored_days=0 if name == "dates_month_first" else 183)
    assert found["return_rate_6m"] == pytest.approx({"dates_month_first": 0.5, "crash_no_visit": 0.3445}[name], abs=5e-5)


def test_bookings_for_later_are_left_out_once_the_mapping_says_so() -> None:
    found = quality("status_upcoming", statuses={"Completed": "done", "Confirmed": "left_out"})
    assert found["last_day"] == "2024-02-07"
    assert found["left_out"] == {"status": 20}
