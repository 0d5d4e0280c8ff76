from dataclasses import replace

import numpy as np
import pytest

from sim.engine.run import simulate
from sim.metrics.cohort import Cohort
from sim.population import ASKED, Script, draw_population
from tests.markets import arm, market
from tests.programmes.presets import preset

TWO_SERVICES = (
    "services=[{name: short, client_share: 1, duration_minutes: 30, price_eur: 60},"
    " {name: long, client_share: 0, duration_minutes: 120, price_eur: 90}]"
)
KEYS = (
    "horizon_days=100",
    "clients.arrivals_per_day=.2",
    "zones=2",
    "pros.zones_per_pro=2",
    "pros.extra_service_share=1",
    TWO_SERVICES,
)


def asked(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return np.array(list(rows), ASKED)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_given_requests_have_their_start_service_and_zone_and_the_others_their_own(engine: str) -> None:
    world = market(*KEYS)
    people = draw_population(world, 1, 0)
    n = len(people.clients)
    first = int(people.clients["arrival_tick"][0])
    day = first // 86400 + 3
    given = asked((first, day * 48 + 20, 1, 1), (first + 10 * 86400, day * 48 + 10 * 48 + 20, -1, -1))
    none = np.zeros(n, np.int64)
    end = none.copy()
    end[0] = 2
    script = Script(given, none, end, none > 0, np.arange(n) == 0)
    log = simulate(world, arm("uniform"), 1, 0, engine, people._replace(script=script))  # type: ignore[arg-type]
    mine = log.bookings["client"] == 0
    # the client asks at these instants, and never again
    assert np.rint(log.bookings["request_days"][mine] * 86400).astype(int).tolist() == [first, first + 10 * 86400]
    assert (log.bookings["start_days"][mine] * 48).tolist() == [day * 48 + 20, day * 48 + 500]
    assert log.bookings["service"][mine].tolist() == [1, 0]
    assert log.bookings["duration_hours"][mine].tolist() == [2, 0.5]
    assert log.bookings["price_eur"][mine].tolist() == [90, 60]
    assert log.bookings["zone"][mine].tolist() == [1, int(people.clients["zone"][0])]
    assert log.bookings["stays"][mine].tolist() == [True, False]
    # everybody else is as without a script
    plain = simulate(world, arm("uniform"), 1, 0, "compiled", people)
    for name in ("request_days", "service", "zone"):
        others = log.bookings[name][~mine], plain.bookings[name][plain.bookings["client"] != 0]
        np.testing.assert_array_equal(*others)


def test_an_early_given_request_waits_for_the_end_of_the_one_before() -> None:
    world = market("horizon_days=100", "clients.arrivals_per_day=.2")
    people = draw_population(world, 1, 0)
    n, first = len(people.clients), int(people.clients["arrival_tick"][0])
    start = (first // 86400 + 3) * 48
    given = asked((first, start, -1, -1), (first + 60, start + 480, -1, -1))
    end = np.where(np.arange(n) == 0, 2, 0)
    script = Script(given, np.zeros(n, np.int64), end, np.zeros(n, bool), np.arange(n) == 0)
    log = simulate(world, arm("uniform"), 1, people=people._replace(script=script))
    mine = log.bookings["client"] == 0
    # an hour's session from the start on
    assert (log.bookings["request_days"][mine] * 48)[1] == start + 2
    assert log.bookings["need_days"][mine][1] * 86400 == first + 60


def test_friends_who_are_brought_are_new_clients_without_given_requests() -> None:
    world = market("horizon_days=200", "warmup_days=0", "clients.arrivals_per_day=1", "pros.n=30", preset="personal_care")
    people = draw_population(world, 1, 0)
    n, ticks = len(people.clients), people.clients["arrival_tick"]
    # everybody's first request is given, all of the even ones, who are known
    given = np.zeros(n, ASKED)
    given["tick"], given["slot"], given["service"], given["zone"] = ticks, ticks // 86400 * 48 + 3 * 48 + 24, -1, -1
    even = np.arange(n) % 2 == 0
    script = Script(given, np.arange(n) - even, np.arange(n) + 1, even, even)
    bring = preset("referral", share_per_session=1.0, satisfied_logit=-100.0, delay_days=1.0, max_per_client=1)
    policy = replace(arm("uniform"), programmes=(bring,))
    logs = [simulate(world, policy, 1, 0, engine, people._replace(script=script)) for engine in ("compiled", "simpy")]
    assert logs[0].digest() == logs[1].digest()
    log = logs[0]
    friends = log.clients["referrer"] >= 0
    assert friends.sum() > 20
    np.testing.assert_array_equal(log.clients["client"][friends] >= n, True)
    np.testing.assert_array_equal(log.clients["known"], np.where(friends, False, log.clients["client"] % 2 == 0))
    # a friend's requests are drawn, from need 0 on
    of_friends = log.bookings["client"] >= n
    assert (log.bookings["need"][of_friends] == 0).sum() > 20
    assert np.isfinite(Cohort(log).first_request_days[friends]).all()


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_favourite_who_does_not_serve_the_given_service_is_not_asked(engine: str) -> None:
    # pros offer one service each, and clients always ask for their favourite
    world = market(
        *("horizon_days=100", "clients.arrivals_per_day=.2", "pros.n=20", "requests.favourite_asked_share=1"),
        *(
            "zones=2",
            "pros.zones_per_pro=2",
            "pros.extra_service_share=0",
            TWO_SERVICES.replace("client_share: 1", "client_share: .5").replace("client_share: 0", "client_share: .5"),
        ),
    )
    people = draw_population(world, 1, 0)
    n, ticks, own = len(people.clients), people.clients["arrival_tick"], people.clients["service"]
    first, day = int(ticks[0]), int(ticks[0]) // 86400 + 3
    other = 1 - int(own[0])
    given = asked(
        (first, day * 48 + 20, -1, -1),
        (first + 10 * 86400, day * 48 + 500, other, -1),
        (first + 20 * 86400, day * 48 + 980, -1, -1),
    )
    end = np.where(np.arange(n) == 0, 3, 0)
    script = Script(given, np.zeros(n, np.int64), end, np.zeros(n, bool), np.arange(n) == 0)
    log = simulate(world, arm("uniform"), 1, 0, engine, people._replace(script=script))  # type: ignore[arg-type]
    mine = np.flatnonzero(log.bookings["client"] == 0)
    assert log.names["outcomes"][log.bookings["outcome"][mine[0]]] == "completed"
    favourite = int(log.bookings["pro"][mine[0]])
    assert log.bookings["service"][mine].tolist() == [own[0], other, own[0]]
    # nobody before the first session, nobody for the other service, and the usual pro again for the usual one
    assert log.bookings["favourite"][mine].tolist() == [-1, -1, favourite]
