"""Columns recognised without a mapping, in files as ten tools write them and in tables that leave something open."""

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml

from sim.bookings.columns import MEANINGS, Columns
from sim.bookings.guess import Guess
from sim.bookings.recognition import recognise
from sim.bookings.rows import Rows
from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import joined
from sim.bookings.sources.open import read_sheet
from sim.bookings.understood import read_rows
from sim.config import load
from tests.bookings import tools

PRESETS = Path(__file__).resolve().parent.parent.parent / "configs" / "data"
TRUTH = tools.bookings()


def sheet(**columns: list[object]) -> Sheet:
    return Sheet("table", {heading.replace("__", " "): pa.chunked_array([values]) for heading, values in columns.items()})


def expected_rows(tool: tools.Tool) -> Counter[str]:
    """Rows by how they end: goods are no visit, whatever their status, nor is a sale to nobody."""
    goods = tools.GOODS_EVERY if "Itemization Type" in tool.columns else 0
    nameless = tools.NAMELESS_EVERY if "Card ID" in tool.columns else 0
    rows = [one for one in TRUTH if not any(every and one.n % every == 0 for every in (goods, nameless))]
    told = [tool.statuses.get(one.status, "done") for one in rows]
    return Counter(meaning for meaning in told if meaning != "left_out")


def read_as(path: Path, settings: dict[str, object]) -> tuple[Counter[str], Rows]:
    rows = read_rows(read_sheet(path), load(Columns, settings, "columns"))
    return Counter(MEANINGS[status] for status in rows.status[rows.used]), rows


@pytest.mark.parametrize("dialect", tools.DIALECTS)
@pytest.mark.parametrize("name", sorted(tools.TOOLS))
def test_the_export_of_a_tool_is_recognised_and_read_right(name: str, dialect: str, tmp_path: Path) -> None:
    tool = tools.TOOLS[name]
    path = tools.write(tmp_path, name, dialect)
    guess = recognise(read_sheet(path))
    assert guess.sure, [str(doubt) for doubt in guess.doubts]
    written = tools.snake if dialect == "warehouse" else str
    columns = guess.columns()
    assert {meaning: columns.get(meaning) for meaning in tool.mapping} == {
        m: written(heading) for m, heading in tool.mapping.items()
    }
    assert set(columns) - {"statuses", "left_out"} == set(tool.mapping)
    counts, rows = read_as(path, columns)
    assert counts == expected_rows(tool)
    # starts: of the team, or in UTC where a warehouse keeps instants and nobody says where the team is
    typed = isinstance(next(iter(tool.columns[tool.mapping["date"]](one) for one in TRUTH)), dt.datetime)
    starts = [one.start for one in TRUTH]
    if dialect == "warehouse" and typed:
        starts = [start.replace(tzinfo=tools.PARIS).astimezone(dt.UTC).replace(tzinfo=None) for start in starts]
    used = rows.used
    read = rows.start.second.astype("M8[s]").tolist()
    assert [read[i] for i in np.flatnonzero(used)] == [starts[i] for i in np.flatnonzero(used)]
    assert len(set(rows.client[used].tolist())) == len({TRUTH[i].client for i in np.flatnonzero(used)})
    if "price" in tool.mapping:
        assert np.median(rows.numbers["price"][used]) == np.median([TRUTH[i].price for i in np.flatnonzero(used)])


@pytest.mark.parametrize("name", sorted(tools.TOOLS))
def test_the_mapping_of_a_tool_that_comes_with_the_program_reads_its_export(name: str, tmp_path: Path) -> None:
    text = (PRESETS / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    settings = yaml.safe_load(text)
    tool = tools.TOOLS[name]
    named = {settings[meaning] for meaning in tool.mapping if meaning in settings} | set(settings.get("left_out", {}))
    assert named <= set(tool.columns)
    counts, _ = read_as(tools.write(tmp_path, name, "own"), settings)
    assert counts["done"] > 100
    if name != "bookly":
        assert counts == expected_rows(tool)


DAYS = [dt.datetime(2023, 1, 2, 9) + dt.timedelta(hours=31 * i) for i in range(200)]
MADE = [day - dt.timedelta(hours=5 + 13 * (i % 20)) for i, day in enumerate(DAYS)]
WHO = [f"x{i * 7 % 60}" for i in range(200)]


def cycle(*values: object) -> list[object]:
    return [values[i % len(values)] for i in range(200)]


def told(guess: Guess) -> dict[str, object]:
    return {meaning: value for meaning, value in guess.columns().items() if meaning not in ("statuses", "left_out")}


def test_headings_of_other_languages_are_understood() -> None:
    german = recognise(
        sheet(
            Kundennummer=WHO,
            Termin=[f"{day:%d.%m.%Y %H:%M}" for day in DAYS],
            Gebucht__am=[f"{day:%d.%m.%Y}" for day in MADE],
            Mitarbeiter=cycle("A", "B"),
            Leistung=cycle("Schnitt", "Farbe"),
            Preis=cycle("45,00 €"),
            Status=cycle("abgeschlossen", "storniert", "nicht erschienen"),
        )
    )
    assert german.sure
    assert told(german) == {
        **{"client": "Kundennummer", "date": "Termin", "requested": "Gebucht am", "status": "Status", "price": "Preis"},
        **{"pro": "Mitarbeiter", "service": "Leistung"},
    }
    assert german.statuses == {"abgeschlossen": "done", "storniert": "cancelled_by_client", "nicht erschienen": "no_show"}
    french = recognise(
        sheet(
            Nom=[f"n{i * 7 % 60}" for i in range(200)],
            Prénom=[f"p{i * 7 % 60}" for i in range(200)],
            Date__du__RDV=[f"{day:%d/%m/%Y}" for day in DAYS],
            Heure=[f"{day:%Hh%M}" for day in DAYS],
            Prestation=cycle("Coupe", "Soin"),
            Coiffeur=cycle("A", "B"),
            Montant__TTC=cycle("45,00"),
            Statut=cycle("honoré", "annulé", "absent"),
        )
    )
    assert french.sure
    assert told(french) == {
        **{"client": ["Prénom", "Nom"], "date": "Date du RDV", "time": "Heure", "status": "Statut", "price": "Montant TTC"},
        **{"pro": "Coiffeur", "service": "Prestation"},
    }


def test_the_date_of_the_booking_is_never_taken_for_that_of_the_visit() -> None:
    guess = recognise(sheet(client=WHO, created_at=MADE, starts_at=DAYS, updated_at=DAYS))
    assert told(guess) == {"client": "client", "date": "starts_at", "requested": "created_at"}
    # what comes after the visit is no request for it
    later = recognise(sheet(client=WHO, created_at=[day + dt.timedelta(days=9) for day in DAYS], starts_at=DAYS))
    assert told(later) == {"client": "client", "date": "starts_at"}


def test_two_dates_that_could_both_be_the_visit_are_a_doubt() -> None:
    guess = recognise(sheet(client=WHO, date=DAYS, visit_date=MADE))
    assert not guess.sure
    assert [str(doubt) for doubt in guess.doubts] == ["several columns could be the date of the visit: visit_date; date"]
    # the same days twice contradict nothing, and the one with times says more
    same = recognise(sheet(client=WHO, date=[day.date() for day in DAYS], visit=DAYS))
    assert same.sure
    assert told(same)["date"] == "visit"


@pytest.mark.parametrize(
    ("columns", "doubt"),
    [
        ({"a": WHO, "date": DAYS}, "no column is surely the client"),
        ({"client": WHO, "b": DAYS}, "no column is surely the date of the visit"),
        ({"name": WHO, "date": DAYS}, "no column is surely the client"),
        ({"client": WHO, "date": DAYS, "status": cycle("done", "blue")}, "status = blue: nothing says what it means"),
        ({"staff": cycle("A", "B"), "date": DAYS}, "no column is surely the client"),
    ],
)
def test_what_is_not_sure_is_a_doubt(columns: dict[str, list[object]], doubt: str) -> None:
    guess = recognise(sheet(**columns))
    assert doubt in [str(one) for one in guess.doubts]


def test_an_id_or_address_is_a_better_client_than_a_name_and_a_row_number_is_none() -> None:
    names = [f"Name {who}" for who in WHO]
    mails = [f"{who}@example.org" for who in WHO]
    numbers = list(range(200))
    assert told(recognise(sheet(id=numbers, customer=names, email=mails, date=DAYS)))["client"] == "email"
    assert told(recognise(sheet(id=numbers, email=mails, customer_id=WHO, date=DAYS)))["client"] == "customer_id"
    assert told(recognise(sheet(id=numbers, customer_name=names, date=DAYS)))["client"] == "customer_name"
    assert told(recognise(sheet(booking_number=numbers, client=names, date=DAYS))) == {
        **{"client": "client", "date": "date", "order": "booking_number"}
    }


def test_goods_among_visits_are_left_out() -> None:
    guess = recognise(sheet(client=WHO, date=DAYS, Type=cycle("Visit", "Product", "Gift card")))
    assert guess.left_out == {"Type": ("Product", "Gift card")}
    assert "service" not in told(guess)


def test_of_two_flags_one_is_the_status_and_the_other_leaves_rows_out() -> None:
    guess = recognise(sheet(client=WHO, date=DAYS, Canceled=cycle("Yes", "", ""), No__show=cycle("", "x", "", "")))
    assert told(guess)["status"] == "Canceled"
    # an empty cell is no
    assert guess.statuses == {"Yes": "cancelled_by_client", "": "done"}
    assert guess.left_out == {"No show": ("x",)}


def test_who_books_is_not_shown() -> None:
    guess = recognise(sheet(email=[f"{who}@example.org" for who in WHO], date=DAYS, staff=cycle("Zoë Brun")))
    assert guess.found["client"].example == "x…@e….o…"
    assert guess.found["pro"].example == "Z… B…"


def test_a_table_of_nothing_is_no_guess() -> None:
    guess = recognise(Sheet("empty", {"client": pa.chunked_array([pa.nulls(3)])}))
    assert not guess.sure
    assert guess.columns() == {}
    assert recognise(Sheet("none", {})).columns() == {}


FEW = [f"c{i % 8}" for i in range(20)]
TWENTY_DAYS = [f"2023-01-{i + 1:02d}" for i in range(20)]


def test_a_price_that_cannot_be_read_is_said_and_not_passed_over() -> None:
    guess = recognise(sheet(Client=FEW, Date=TWENTY_DAYS, Price=["45", "see note"] * 10))
    assert "price" not in guess.found
    assert [str(note) for note in guess.notes] == ["Price is not taken as price: many of its values cannot be, such as see note"]
    assert not recognise(sheet(Client=FEW, Date=TWENTY_DAYS, Price=["45"] * 20)).notes


def test_times_with_seconds_are_no_second_date() -> None:
    guess = recognise(sheet(Client=FEW, Date=TWENTY_DAYS, Time=["10:30:00"] * 20))
    assert guess.sure
    assert guess.columns()["time"] == "Time"


def test_an_empty_status_is_a_visit_where_only_others_are_marked() -> None:
    guess = recognise(sheet(Client=FEW, Date=TWENTY_DAYS, Status=["", "Cancelled"] * 10))
    assert guess.statuses == {"Cancelled": "cancelled_by_client", "": "done"}
    assert "" not in recognise(sheet(Client=FEW, Date=TWENTY_DAYS, Status=["", "Cancelled", "Done", "Done"] * 5)).statuses


def test_the_name_of_a_file_says_that_its_rows_are_cancellations() -> None:
    files = [Sheet(name, sheet(Client=FEW, Date=TWENTY_DAYS).columns) for name in ("visits.csv", "cancellations.csv")]
    assert recognise(joined(files)).columns()["constant_status"] == {"cancellations.csv": "cancelled_by_client"}
    # beside a status it is asked for where a file has none
    files[0].columns["Status"] = pa.chunked_array([["Completed"] * 20])
    assert recognise(joined(files)).columns()["constant_status"] == {"cancellations.csv": "cancelled_by_client"}
    files[1].columns["Status"] = pa.chunked_array([["Completed"] * 20])
    assert "constant_status" not in recognise(joined(files)).columns()


def test_a_day_beside_the_time_of_a_start_is_that_of_the_visit() -> None:
    table = {"Client": FEW, "Booking date": TWENTY_DAYS}
    assert not recognise(sheet(**table)).sure
    guess = recognise(sheet(**table, Start__time=["10:30"] * 20))
    assert guess.sure
    assert (guess.columns()["date"], guess.columns()["time"]) == ("Booking date", "Start time")


def test_who_did_not_arrive_did_not_come() -> None:
    flags = {"Patient__arrived": ["Yes"] * 20, "Did__not__arrive": ["No", "Yes"] * 10}
    guess = recognise(sheet(Patient=FEW, Start=TWENTY_DAYS, **flags))
    assert guess.statuses == {"No": "done", "Yes": "no_show"}


def test_cents_are_a_price_unless_there_is_a_better_one() -> None:
    assert recognise(sheet(Client=FEW, Date=TWENTY_DAYS, amount_cents=["4500"] * 20)).columns()["price"] == "amount_cents"
