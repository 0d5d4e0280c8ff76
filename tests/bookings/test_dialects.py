"""A table written in any mixture of habits reads back as it was: nothing is lost in silence."""

import csv
import datetime as dt
import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sim.bookings.columns import Columns
from sim.bookings.rows import Rows
from sim.bookings.sources.open import read_sheets
from sim.bookings.understood import read_rows
from sim.config import load

CASES = int(os.environ.get("DIALECTS", "100"))
"""Tables that are written and read; DIALECTS=2000 for the long form."""
DATES: tuple[tuple[str, Callable[[dt.datetime], str]], ...] = tuple(
    (form, lambda when, form=form: when.strftime(form))
    for form in (
        *("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M:%S"),
        *("%Y/%m/%d %H:%M", "%d %b %Y %H:%M", "%B %d, %Y %I:%M %p", "%m/%d/%y %H:%M", "%Y%m%d%H%M%S", "%a, %d %b %Y %H:%M"),
    )
)
WORDS = ("Zoë", "Ada", "O'Neil", 'the "best"', "Müller; Söhne", "a,b", "tab\tbed", "pipe|d", "Ünal", "naïve", "x y", "-", "Łódź")
MONEY: tuple[Callable[[float, str, str], str], ...] = (
    lambda value, mark, group: grouped(value, mark, ""),
    lambda value, mark, group: grouped(value, mark, group),
    lambda value, mark, group: f"{grouped(value, mark, group)} €",
    lambda value, mark, group: f"${grouped(value, mark, group)}",
    lambda value, mark, group: f"CHF {grouped(value, mark, group)}",
)


def grouped(value: float, mark: str, group: str) -> str:
    whole, cents = f"{value:,.2f}".split(".")
    return whole.replace(",", group) + mark + cents


def written(path: Path, rows: list[list[str]], generator: np.random.Generator) -> None:
    """Write rows with a header in a random dialect."""
    encoding = generator.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    if encoding == "cp1252":
        rows = [
            [cell.replace("Ł", "L").replace("ź", "z").replace("ó", "o").replace("\u202f", "\xa0") for cell in row] for row in rows
        ]
    text = io.StringIO()
    end = str(generator.choice(["\n", "\r\n"]))
    if generator.random() < 0.3:
        text.write(f"Appointments report{end}From 2023-01-01 to 2024-02-07{end}{end}")
    quoting = int(generator.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(text, delimiter=str(generator.choice([",", ";", "\t", "|"])), lineterminator=end, quoting=quoting)
    writer.writerows(rows)
    content = text.getvalue().encode(str(encoding))
    path.write_bytes(gzip.compress(content) if generator.random() < 0.2 else content)


def read(path: Path, **more: object) -> Rows:
    mapping = {"client": "Client", "date": "Start", "price": "Price", "status": "Status", "pro": "Staff", "keep_ids": True}
    mapping |= {"statuses": {"Done": "done", "No show": "no_show", "Later": "left_out"}, "left_censored_days": 0}
    return read_rows(read_sheets([str(path)]), load(Columns, mapping | more, "columns"))


@pytest.mark.parametrize("block", range(10))
def test_a_table_in_any_dialect_reads_back_as_it_was(tmp_path: Path, block: int) -> None:
    for case in range(block, CASES, 10):
        generator = np.random.default_rng(case)
        n = int(generator.integers(30, 80))
        # whole minutes within a year, the first on a day that is no month
        minutes = np.r_[20 * 1440, generator.choice(500_000, n - 1, replace=False)]
        instants = [dt.datetime(2023, 1, 1) + dt.timedelta(minutes=int(m)) for m in minutes]
        prices = np.round(generator.uniform(5, 2500, n), 2)
        clients = [f"{WORDS[k]} {i}" for i, k in enumerate(generator.integers(0, 7, n))]
        staff = [WORDS[k] for k in generator.integers(0, 11, n)]
        status = list(generator.choice(["Done", "No show", "Later"], n))
        form, shown = DATES[generator.integers(len(DATES))]
        mark, group = (",", str(generator.choice([".", " ", "\u202f", "’"]))) if generator.random() < 0.5 else (".", ",")
        money = MONEY[generator.integers(len(MONEY))]
        zone = str(generator.choice(["", "Z", "+02:00"])) if form.startswith("%Y-%m-%dT") else ""
        starts = [shown(instant) + zone for instant in instants]
        path = tmp_path / f"{case}.csv"
        rows = [["Client", "Start", "Price", "Status", "Staff"]]
        rows += [
            list(row) for row in zip(clients, starts, [money(price, mark, group) for price in prices], status, staff, strict=True)
        ]
        written(path, rows, generator)
        found = read(path, **({"timezone": "Europe/Paris"} if zone else {}))
        told = f"case {case}: {form}{zone}, {mark}{group}"
        hours = {"": 0, "Z": 0, "+02:00": 2}[zone]
        local = instants
        if zone:
            utc = [instant.replace(tzinfo=dt.UTC) - dt.timedelta(hours=hours) for instant in instants]
            local = [instant.astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=None) for instant in utc]
        expected = [round((instant - dt.datetime(1970, 1, 1)).total_seconds()) for instant in local]
        assert found.start.second.tolist() == expected, told
        assert np.allclose(found.numbers["price"], prices), told
        assert found.left_out() == ({"status": status.count("Later")} if "Later" in status else {}), told
        assert len(np.unique(found.client)) == n, told
        if staff.count("-") == 0:
            assert len(found.names["pro"]) == len(set(staff)), told
