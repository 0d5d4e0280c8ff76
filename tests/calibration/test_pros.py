import numpy as np
import pytest

from sim.bookings.visits import Visits
from sim.calibration.pros import TRAITS, pros, spread_between, spread_is_known
from sim.calibration.reader import Reader
from tests.calibration.test_findings import world
from tests.markets import market


def shop(n_pros: int, **changes: object) -> Visits:
    """900 clients, one a day, each with the next of so many pros; every third comes again with the same one ten days later."""
    return world(**{"labels": lambda client, _: {"pro": client % n_pros}, "names": {"pro": tuple("abcdefghi"[:n_pros])}, **changes})


def reason(visits: Visits, until_day: int) -> str:
    reader = Reader(visits, until_day, market(preset="personal_care"))
    assert not spread_is_known(pros(reader))
    ((keys, why),) = reader.untold
    assert keys == TRAITS
    return str(why)


def test_a_spread_between_pros_takes_cases_enough() -> None:
    # of clients 0..24 the file sees 183 days after the first visit, of 0..23 it does a day before
    visits = shop(7)
    base = market(preset="personal_care")
    enough, few = (spread_between(Reader(visits, day, base)) for day in (24 + 183, 23 + 183))
    assert spread_is_known(enough)
    assert not spread_is_known(few)


@pytest.mark.parametrize(
    ("visits", "until_day", "expected"),
    [
        # seven are in the file on day 100, and nobody of it could be followed for half a year
        (shop(7), 100, "7 pros in the file, and 0 of their new clients could be followed for 183 days after the first visit"),
        (shop(7), 193, "7 pros in the file, and 11 of their new clients could be followed"),
        # the second one came last month
        (
            shop(2, labels=lambda client, _: {"pro": (client > 880).astype(np.int64)}),
            920,
            "2 pros in the file, and 1 of them with new clients who could be followed for 183 days after the first visit",
        ),
        # of clients 0 to 737 nobody came back within 183 days, since second visits are left out
        (
            shop(7).rows(np.r_[True, np.diff(shop(7).client) != 0]),
            920,
            "7 pros in the file, and of 738 of their new clients who could be followed for 183 days 0 came back",
        ),
    ],
)
def test_why_a_spread_cannot_be_told_is_said_with_the_numbers(visits: Visits, until_day: int, expected: str) -> None:
    assert reason(visits, until_day).startswith(expected)
