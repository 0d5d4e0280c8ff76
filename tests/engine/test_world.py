"""The arrays of a running market grow with the log, and nothing is lost when they do."""

import numpy as np

from sim.engine.world import N_BOOKINGS, N_OFFERS, open_world, with_room
from tests.engine.hand import people, play
from tests.markets import arm, market


def test_a_log_that_outgrows_its_first_tables_keeps_every_row() -> None:
    # three clients who ask again as soon as their half-hour session is over: 2 h of notice and half an hour of session make one
    # request in 2.5 h each, so 1000 days hold 24 * 1000 / 2.5 = 9600 each, far beyond the 1024 rows at the start
    world = market(
        "horizon_days=1000",
        "pros.n=3",
        "services.0.duration_minutes=30",
        "requests.lead_mean_hours=0",
        "log_offers=true",
    )
    who = people(world, 3 * [{"one_time": False}], 3 * [{}])
    _, log = play(world, who, arm("uniform"))
    assert len(log.bookings["client"]) == 3 * 9600
    assert log.bookings["booking"].tolist() == list(range(3 * 9600))
    for client in range(3):
        rows = log.bookings["client"] == client
        assert log.bookings["need"][rows].tolist() == list(range(9600))
        np.testing.assert_allclose(np.diff(log.bookings["request_days"][rows]), 2.5 / 24)
    assert log.offers["booking"].tolist() == list(range(3 * 9600)), "one accepted offer each, in order"
    assert (log.offers["answer"] == 0).all()


def test_there_is_room_for_one_more_request_with_all_its_offers_however_full_the_tables_are() -> None:
    small = market("pros.n=1", "requests.max_offers=2000", "log_offers=true")
    world = open_world(small, people(small, [{}], [{}]), seed=1, replication=0)
    world.counters[N_BOOKINGS], world.counters[N_OFFERS] = len(world.bookings), len(world.offers) - 1
    world.bookings["client"], world.offers["pro"] = np.arange(len(world.bookings)), np.arange(len(world.offers))
    grown = with_room(world)
    assert len(grown.bookings) > len(world.bookings)
    # 2000 offers and one to the favourite
    assert len(grown.offers) - grown.counters[N_OFFERS] >= 2001
    np.testing.assert_array_equal(grown.bookings["client"][: len(world.bookings)], world.bookings["client"])
    np.testing.assert_array_equal(grown.offers["pro"][: len(world.offers)], world.offers["pro"])
    assert with_room(grown) is grown, "nothing to do while there is room"


def test_without_an_offers_table_none_is_made() -> None:
    small = market("pros.n=1")
    world = open_world(small, people(small, [{}], [{}]), seed=1, replication=0)
    assert len(with_room(world).offers) == 0
