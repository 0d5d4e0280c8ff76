"""The same bookings from a file, a database, a server and a frame: the same rows, and the same market to the byte."""

import dataclasses
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import experiments
from experiments.api.sources import ask_bookings
from experiments.bookings.opened import open_bookings
from sim.bookings.rows import Rows
from sim.bookings.visits import visits_of
from tests.bookings.server import serving

MAPPING = {
    **{"client": "client_id", "date": "start", "status": "status", "price": "price", "pro": "pro"},
    **{"statuses": {"completed": "done", "cancelled": "cancelled_by_client"}, "left_censored_days": 0},
}
N = 240


def bookings() -> pa.Table:
    """240 bookings of 40 clients in 2023, one in ten cancelled."""
    draws = np.random.default_rng(7)
    quarters = draws.integers(0, 360 * 96, N)
    return pa.table(
        {
            "client_id": draws.integers(1, 41, N),
            "start": pa.array(np.datetime64("2023-01-02", "us") + quarters * np.timedelta64(15, "m")),
            "status": pa.array(np.where(draws.random(N) < 0.1, "cancelled", "completed").tolist()),
            "price": draws.integers(20, 80, N) + 0.5,
            "pro": [f"pro {i}" for i in draws.integers(0, 9, N)],
        }
    )


TABLE = bookings()
KINDS = ("csv", "parquet", "sqlite", "duckdb", "pandas", "polars", "arrow", "relation")


def given(kind: str, folder: Path) -> Any:
    """The bookings as that kind of source."""
    path = folder / f"bookings.{kind}"
    if kind == "csv":
        TABLE.to_pandas().to_csv(path, index=False)
    elif kind == "parquet":
        pq.write_table(TABLE, path)
    elif kind == "sqlite":
        with sqlite3.connect(path) as connection:
            TABLE.to_pandas().astype({"start": str}).to_sql("bookings", connection, index=False)
        connection.close()
    elif kind == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.from_arrow(TABLE).create("bookings")
    else:
        frames = {"pandas": TABLE.to_pandas, "polars": lambda: pl.from_arrow(TABLE), "arrow": lambda: TABLE}
        return frames[kind]() if kind in frames else duckdb.from_arrow(TABLE)
    return path


def read(data: Any) -> Rows:
    asked = ask_bookings("calibrate", data, MAPPING)
    return open_bookings(asked.settings, asked.frame).rows


def assert_equal(one: Any, other: Any) -> None:
    """Whether two results hold the same, whatever their sources are called."""
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name in ("source", "issues", "format", "notes", "columns"):
            continue
        if dataclasses.is_dataclass(a):
            assert_equal(a, b)
        elif isinstance(a, dict):
            assert a.keys() == b.keys()
            for key in a:
                np.testing.assert_array_equal(a[key], b[key], err_msg=f"{field.name}.{key}")
        else:
            np.testing.assert_array_equal(a, b, err_msg=field.name)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_visits_are_the_same_whatever_they_come_in(kind: str, tmp_path: Path) -> None:
    rows, plain = read(given(kind, tmp_path)), read(TABLE)
    assert_equal(rows, plain)
    (visits, issues), (expected, counted) = visits_of(rows), visits_of(plain)
    assert_equal(visits, expected)
    assert [(str(one.what), one.count) for one in issues] == [(str(one.what), one.count) for one in counted]


def test_a_server_gives_the_same_rows(tmp_path: Path) -> None:
    lines = [f"({c}, '{s}', '{o}', {e}, '{p}')" for c, s, o, e, p in zip(*TABLE.to_pydict().values(), strict=True)]
    table = "CREATE TABLE bookings (client_id int, start timestamp, status text, price numeric(8, 2), pro text)"
    with serving(";\n".join([table, f"INSERT INTO bookings VALUES {', '.join(lines)};"])) as address:  # noqa: S608
        assert_equal(read(address), read(TABLE))


def calibrated(data: Any, out: Path) -> dict[str, str]:
    """The market and the findings, without the line that names the source."""
    experiments.calibrate(
        data, MAPPING, market="minimal", replications=2, out=out, quiet=True, overrides={"market.horizon_days": 60, "worlds": 8}
    )
    market = (out / "market" / "fitted.yaml").read_text().split("\n", 1)
    assert market[0].startswith("# Fitted by experiments.calibrate to ")
    return {"market": market[1], "findings": (out / "findings.csv").read_text(), "realism": (out / "realism.csv").read_text()}


def test_a_market_is_the_same_to_the_byte_from_a_file_and_from_a_frame(tmp_path: Path, sketched: None, hardly_tried: None) -> None:
    file = calibrated(given("csv", tmp_path), tmp_path / "a")
    frame = calibrated(given("pandas", tmp_path), tmp_path / "b")
    assert file == frame
    written = "".join((tmp_path / "b" / name).read_text() for name in ("manifest.json", "config.yaml"))
    assert "pandas DataFrame" in written
    assert "pro 1" not in written


def test_columns_are_found_in_a_frame_and_can_be_corrected() -> None:
    found = experiments.examine(TABLE.to_pandas())
    assert (found.doubts, found.mapping["client"], found.mapping["date"]) == ((), ["client_id"], "start")
    assert found.quality["rows_used"] == N
    corrected = experiments.examine(TABLE, found.mapping | {"left_censored_days": 0})
    assert "left_censored_days" not in found.mapping
    assert corrected.mapping["left_censored_days"] == 0
    assert repr(corrected).startswith("240 of 240 rows are used: ")


def test_doubts_are_told_and_what_was_found_is_a_start() -> None:
    found = experiments.examine(pd.DataFrame({"thing": ["a", "b"], "date": ["2023-01-02", "2023-01-03"]}))
    assert found.doubts == ("no column is surely the client",)
    assert (found.mapping, found.quality) == ({"date": "date"}, {})
    assert repr(found) == "- no column is surely the client"


def test_what_is_no_bookings_is_refused() -> None:
    with pytest.raises(experiments.ConfigError, match="data is a dict, must be a path, a list of paths, or a frame"):
        experiments.examine({"client": ["a"]})


def test_a_password_reaches_neither_page_nor_manifest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(experiments.ConfigError, match="must not hold a password"):
        experiments.calibrate("postgresql://ann:s3cret@db/shop", out=out)
    from tests.commands import run

    assert run("doctor", ["data=postgresql://ann:s3cret@db/shop", f"out={out}"]) == 2
    assert not out.exists()
