"""The contract of docs/use/warehouse.md: its SQL runs, its tests hold and fail where they should, and the table reads right."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import experiments
from tests.docs.shop import make_shop, shown


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("shop"))


def failing(name: str, rule: Any, column: str) -> str:
    """The condition under which a row fails a test of the schema."""
    if name == "unique":
        return f"{column} IN (SELECT {column} FROM bookings GROUP BY 1 HAVING count(*) > 1)"  # noqa: S608
    if name == "not_null":
        return f"{column} IS NULL AND {rule.get('where', 'true')}"
    if name == "accepted_values":
        return f"{column} NOT IN ({', '.join(repr(value) for value in rule['values'])})"
    assert name == "dbt_utils.expression_is_true"
    return f"NOT ({rule['expression']})"


def rules() -> Iterator[tuple[str, str]]:
    """Each test of the schema: what it asks, and the condition under which a row fails it."""
    (model,) = yaml.safe_load(shown("yml")[0])["models"]
    listed = [(test, column["name"]) for column in model["columns"] for test in column["tests"]]
    for test, column in [*listed, *((test, "") for test in model["tests"])]:
        ((name, rule),) = test.items() if isinstance(test, dict) else [(test, {})]
        yield rule.get("expression", f"{column} {name}"), failing(name, rule, column)


BROKEN = {
    "booking_id unique": "booking_id = '2' WHERE booking_id = '1'",
    "booking_id not_null": "booking_id = NULL WHERE booking_id = '1'",
    "starts_at not_null": "starts_at = NULL WHERE booking_id = '1'",
    "client_id not_null": "client_id = NULL WHERE status = 'done'",
    "status not_null": "status = NULL WHERE booking_id = '1'",
    "status accepted_values": "status = 'fine' WHERE booking_id = '1'",
    "requested_at is null": "requested_at = starts_at + INTERVAL 1 DAY WHERE booking_id = '1'",
    "starts_at >=": "starts_at = '1900-01-01', requested_at = NULL WHERE booking_id = '1'",
    "price is null": "price = -1 WHERE booking_id = '1'",
    "rating is null": "rating = 6 WHERE booking_id = '1'",
    "duration_minutes is null": "duration_minutes = 0 WHERE booking_id = '1'",
    "status <>": "status = 'unfilled' WHERE pro_id IS NOT NULL",
}
"""By the beginning of what a test asks: a change that breaks it."""


@pytest.mark.parametrize(("name", "condition"), list(rules()))
def test_a_test_of_the_schema_holds_and_fails_where_it_should(name: str, condition: str, shop: Path) -> None:
    with duckdb.connect(str(shop), config={"access_mode": "READ_ONLY"}) as connection:
        connection.execute("CREATE TEMP TABLE bookings AS FROM shop.bookings")
        count = f"SELECT count(*) FROM bookings WHERE {condition}"  # noqa: S608
        # one in 97 appointments of the shop is a walk-in's, of which the schema only warns
        before = connection.sql(count).fetchall()[0][0]
        assert before == 0 or name == "client_id not_null"
        (change,) = [text for beginning, text in BROKEN.items() if name.startswith(beginning)]
        connection.execute(f"UPDATE bookings SET {change}")  # noqa: S608
        assert connection.sql(count).fetchall()[0][0] > before


def test_the_table_reads_with_its_mapping_and_nothing_to_look_at(shop: Path) -> None:
    found = experiments.examine(shop, "warehouse", table="bookings")
    with duckdb.connect(str(shop), read_only=True) as connection:
        (used, done), walk_ins = (
            connection.sql(f"SELECT {what} FROM bookings WHERE {where}").fetchall()[0]  # noqa: S608
            for what, where in (
                (
                    "count(*), count(DISTINCT (client_id, starts_at::date)) FILTER (status = 'done')",
                    "client_id NOT NULL AND status <> 'left_out'",
                ),
                ("count(*)", "client_id IS NULL AND status <> 'left_out'"),
            )
        )
    assert (found.warnings, found.doubts) == ((), ())
    assert (found.quality["rows_used"], found.quality["visits"]) == (used, done)
    assert found.quality["left_out"]["no_client"] == walk_ins[0]
    assert found.quality["lead_days_mean"] == pytest.approx(3, abs=0.2)


def test_a_table_of_facts_is_read_for_those_who_saw_the_control(shop: Path, tmp_path: Path) -> None:
    query = (shop.parent / "control.sql").read_text()
    found = experiments.examine(shop, table=query)
    assert found.doubts == ()
    assert {key: found.mapping[key] for key in ("date", "status", "price", "left_censored")} == {
        key: key for key in ("date", "status", "price", "left_censored")
    }
    facts = "SELECT user_id, timestamp FROM fact_bookings"
    with duckdb.connect(str(shop), read_only=True) as connection:
        rows = connection.sql(facts).fetchall()
        since = dict(connection.sql("SELECT user_id, timestamp FROM experiment_viewed WHERE variation_id = '0'").fetchall())
    # variant 0 are users ending in 0 to 7; 7 saw both; users whose number is a multiple of 5 booked 30 days before, too
    control = [(user, at) for user, at in rows if user % 10 < 8 and user != 7 and at >= since[user]]
    assert found.quality["rows"] == len(control)
    assert found.quality["clients"] == len({user for user, _ in control})
    # the same from SQLite
    path = tmp_path / "shop.sqlite"
    with duckdb.connect(str(shop), read_only=True) as source, sqlite3.connect(path) as target:
        for table in ("fact_bookings", "experiment_viewed"):
            source.sql(f"FROM {table}").df().astype({"timestamp": str}).to_sql(table, target, index=False)
    target.close()
    again = experiments.examine(path, table=query)
    assert again.quality == found.quality
