from pathlib import Path

from sim.bookings.quality import quality_of, quality_text
from sim.bookings.visits import visits_of
from tests.bookings.reading import rows_of

KEYS = (
    *("rows", "rows_used", "left_out", "clients", "visits", "first_day", "last_day", "followed", "return_rate_6m"),
    *("price_median", "rating_mean", "lead_days_mean", "hours", "shared_accounts", "warnings"),
)


def test_the_numbers_are_those_that_a_hand_counts(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    lines = [
        "a,2023-01-01 10:00,40,5,2022-12-30 10:00,done",
        "a,2023-02-01 11:00,60,,2023-01-31 11:00,done",  # 31 days after: came again
        "b,2023-01-02 10:30,50,4,2023-01-02 09:00,done",  # 200 days until the next: did not
        "b,2023-07-21 10:00,50,3,2023-07-21 09:00,done",
        "c,2023-07-20 10:00,50,,,gone",  # no visit
        "d,2023-07-30 10:00,,,,done",  # cannot be followed
        "e,2023-07-30 10:00,,,,later",  # no booking
    ]
    path.write_text("\n".join(["client,date,price,stars,asked,status", *lines]) + "\n")
    mapping = {"client": "client", "date": "date", "price": "price", "rating": "stars", "requested": "asked", "status": "status"}
    mapping |= {"statuses": {"done": "done", "gone": "cancelled_by_client", "later": "left_out"}, "left_censored_days": 0}
    rows = rows_of(path, mapping)
    found = quality_of(rows, visits_of(rows)[0])
    assert tuple(found) == KEYS
    assert (found["rows"], found["rows_used"], found["left_out"]) == (7, 6, {"status": 1})
    assert (found["clients"], found["visits"], found["first_day"], found["last_day"]) == (4, 5, "2023-01-01", "2023-07-30")
    assert (found["followed"], found["return_rate_6m"]) == (2, 0.5)
    # of 40, 50, 50, 60; of 5, 4, 3; of 2, 1, 1.5 hours and 1 hour
    assert (found["price_median"], found["rating_mean"]) == (50.0, 4.0)
    assert abs(found["lead_days_mean"] - (3 + 2.5 / 24) / 4) < 1e-6
    assert [hour for hour, n in enumerate(found["hours"]) for _ in range(n)] == [10, 10, 10, 10, 11]
    assert found["shared_accounts"] == 0
    assert quality_text(found).endswith("}\n")
