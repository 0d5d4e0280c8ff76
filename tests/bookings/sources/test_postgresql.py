"""Against a server of its own, on a socket in a temporary folder; skipped where PostgreSQL is not installed."""

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from sim.bookings.sources.postgresql import read_postgresql
from sim.config import ConfigError
from tests.bookings.server import serving

SQL = """
CREATE TYPE outcome AS ENUM ('done', 'no show');
CREATE TABLE "my bookings" (client uuid, at timestamptz, day date, start time, price numeric(8, 2), paid money, status outcome);
INSERT INTO "my bookings" VALUES
  ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2023-01-03 10:00+02', '2023-01-03', '10:00', 45.50, '45.50', 'done'),
  ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', '2023-01-04 10:00+02', '2023-01-04', NULL, NULL, NULL, 'no show');
CREATE SCHEMA crm;
CREATE TABLE crm.staff (name text);
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(SQL) as found:
        yield found


def test_a_table_is_read_with_its_types(address: str) -> None:
    sheet = read_postgresql(address, table="my bookings")
    row = {name: column[0].as_py() for name, column in sheet.columns.items()}
    assert row == {
        "client": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "at": dt.datetime(2023, 1, 3, 8, tzinfo=dt.UTC),
        "day": dt.date(2023, 1, 3),
        "start": "10:00:00",
        "price": 45.5,
        "paid": 45.5,
        "status": "done",
    }
    assert (sheet.name, sheet.n_rows) == ("my bookings", 2)


def test_a_query_is_read_and_only_what_is_wanted(address: str) -> None:
    sheet = read_postgresql(address, ["status"], 'SELECT day, status FROM "my bookings" ORDER BY day')
    assert [column.type for column in sheet.columns.values()] == [pa.null(), pa.string()]
    assert sheet.columns["status"].to_pylist() == ["done", "no show"]


def test_of_several_tables_one_must_be_chosen(address: str) -> None:
    with pytest.raises(ConfigError, match=r"holds 2 tables, choose one with table=: crm\.staff, my bookings"):
        read_postgresql(address)
    with pytest.raises(ConfigError, match="holds no rows in that table"):
        read_postgresql(address, table="crm.staff")


@pytest.mark.parametrize(
    "query",
    [
        'WITH gone AS (DELETE FROM "my bookings" RETURNING *) SELECT * FROM gone',
        'SELECT 1; DELETE FROM "my bookings"',
        "SELECT * FROM nope",
    ],
)
def test_a_query_that_writes_or_fails_changes_nothing_and_is_refused(query: str, address: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_postgresql(address, table=query)
    assert read_postgresql(address, table="my bookings").n_rows == 2


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@db.example.org/shop",
        "postgresql://ann:s3c@r/e:s3cret@db.example.org:5432/shop",
        "postgres://db.example.org/shop?user=ann&password=s3cret",
        "postgresql://ann:s3cret?x@db.example.org/shop",
    ],
)
def test_a_password_in_the_address_is_refused_and_never_shown(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_postgresql(url)
    assert "PGPASSWORD" in str(error.value)
    assert "s3c" not in str(error.value)


def test_a_server_that_does_not_answer_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as error:
        read_postgresql(f"postgresql://tester@/postgres?host={tmp_path}")
    assert "\n" not in str(error.value)


def test_a_missing_driver_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(ConfigError, match=r"pip install 'mission-dispatch-sim\[sql\]'"):
        read_postgresql("postgresql://ann@db.example.org/shop")
