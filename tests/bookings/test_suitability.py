import datetime as dt

import pyarrow as pa
import pytest

from sim.bookings import suitability as fit
from sim.bookings.column_values import Values

DAYS = [dt.datetime(2023, 1, 2, 9) + dt.timedelta(days=i) for i in range(40)]


def column(heading: str, *cells: object) -> Values:
    """40 rows of some cells in turn."""
    return Values(heading, pa.chunked_array([[cells[i % len(cells)] for i in range(40)]]))


def whom(heading: str) -> float:
    return fit.client_score(column(heading, *(f"c{i}" for i in range(20))))


def test_clients_are_found_by_id_then_address_then_name() -> None:
    scores = [whom(heading) for heading in ("Customer ID", "Email", "Client", "Client name", "Name", "Notes")]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] == 0


@pytest.mark.parametrize("heading", ["Staff ID", "Service ID", "Booking ID", "Location name", "Client since date"])
def test_other_ids_and_names_are_no_clients(heading: str) -> None:
    assert whom(heading) == 0


def test_a_start_is_a_better_date_than_a_day_and_a_request_is_the_last_resort() -> None:
    scores = [
        fit.start_score(column(heading, *DAYS))
        for heading in ("Start", "Visit date", "Date", "Scheduled", "x", "Created", "Paid at")
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] == 0


def test_values_that_cannot_be_take_a_score_away() -> None:
    assert fit.price_score(column("Price", "45 €")) > 0 == fit.price_score(column("Price", "cheap"))
    assert fit.rating_score(column("Rating", 1, 5)) > 0 == fit.rating_score(column("Rating", 1, 50))
    assert fit.duration_score(column("Duration", "1h30")) > 0 == fit.duration_score(column("Duration", "long"))
    assert fit.lead_score(column("Lead time", 3)) > 0 == fit.lead_score(column("Lead time", -3))
    assert fit.late_score(column("Minutes late", 0, 5, 12)) > 0 == fit.late_score(column("Late", "yes"))
    assert fit.pro_score(column("Staff", "A", "B")) > 0 == fit.pro_score(column("Staff", *(f"s{i}" for i in range(40))))


@pytest.mark.parametrize("heading", ["Tax", "Amount refunded", "Discount amount", "Price type"])
def test_other_amounts_are_no_price(heading: str) -> None:
    assert fit.price_score(column(heading, 45.0)) == 0


def test_a_status_is_found_by_its_values_where_its_heading_says_nothing() -> None:
    assert fit.status_score(column("Event", "Completed", "No-show")) > 0
    assert fit.status_score(column("Event", "Completed", "Blue")) == 0
    assert fit.status_score(column("Newsletter", "Yes", "No")) == 0
