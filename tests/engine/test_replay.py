from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.plans.command_line import long_forms
from experiments.plans.compose import compose_settings
from experiments.replays.plan import Replay, make_replay
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_SLOT
from sim.config import Market
from sim.engine.replay import UNKNOWN, KnownClients, Stream, replayed_population
from sim.engine.run import simulate
from sim.log import RunLog
from sim.metrics.cohort import Cohort
from sim.metrics.matching import fill_rate
from tests.markets import arm, market, run
from tests.replays import COLUMNS, write_bookings

KEYS = ("horizon_days=300", "warmup_days=60", "clients.arrivals_per_day=3", "pros.n=20")
ALIKE = ("requests.propose_share=0", "requests.favourite_asked_share=0")
"""The start that is agreed on is the one that was asked for, as it stands in a log."""
COUNTED = ("client", "need_days", "request_days", "start_days", "service", "zone")


def world(*more: str) -> Market:
    return market(*KEYS, *more, preset="personal_care")


def replay(log: RunLog, path: Path, mode: str, *more: str) -> Replay:
    file = write_bookings(log, path / "bookings.csv")
    words = [f"data={file}", *COLUMNS, f"mode={mode}", "arm=[uniform]", "warmup_days=60", *more]
    return make_replay(compose_settings("replay", long_forms([*words, *(f"market.{key}" for key in KEYS[2:])])))


def replayed(stream: Stream, world: Market, name: str = "uniform", replication: int = 0, engine: str = "compiled") -> RunLog:
    return simulate(world, arm(name), 1, replication, engine, replayed_population(stream, world, 1, replication))  # type: ignore[arg-type]


def by_hand(**columns: list[int]) -> Stream:
    """A stream of which only some columns are told."""
    n = len(columns["client"])
    told = {name: np.array(columns.get(name, [UNKNOWN] * n)) for name in Stream.__dataclass_fields__ if name not in LAST}
    return Stream(
        **told,
        known=np.zeros(max(columns["client"]) + 1, bool),
        drawn=np.zeros(max(columns["client"]) + 1, bool),
        all_requests=True,
        supply=None,
    )


LAST = ("known", "drawn", "all_requests", "supply")


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_first_requests_of_a_run_with_the_same_luck_give_the_same_run(tmp_path: Path, engine: str) -> None:
    # a first request has no favourite, so without proposals its start in the log is the one that was wanted
    simple = world("requests.propose_share=0")
    log = run(simple, arm("wecasa_2025"))
    again = replayed(replay(log, tmp_path, "first_requests").stream, simple, "wecasa_2025", engine=engine)
    assert not again.clients["known"].any()
    without = {name: column for name, column in again.clients.items() if name != "known"}
    assert replace(again, clients=without).digest() == log.digest()


def test_all_requests_happen_as_they_did_whatever_the_policy(tmp_path: Path) -> None:
    simple = world(*ALIKE)
    log = run(simple, arm("uniform"))
    stream = replay(log, tmp_path, "all_requests").stream
    first, second = replayed(stream, simple, "uniform"), replayed(stream, simple, "oracle", 1)
    for name in COUNTED[2:]:
        np.testing.assert_array_equal(first.bookings[name], log.bookings[name], err_msg=name)
        np.testing.assert_array_equal(second.bookings[name], log.bookings[name], err_msg=name)
    assert (first.bookings["pro"] != second.bookings["pro"]).any()


def test_the_fill_rate_of_all_requests_agrees_with_that_of_the_run_they_are_from(tmp_path: Path) -> None:
    # too few pros: many requests find nobody
    simple = world(*ALIKE, "pros.n=9", "pros.leaving.enabled=false", "pros.share_at_start=1")
    log = run(simple, arm("uniform"))
    stream = replay(log, tmp_path, "all_requests").stream
    original = fill_rate(Cohort(log))
    assert 0.3 < original < 0.7
    # replication r has the pros of replication r of the market
    values = np.array([fill_rate(Cohort(replayed(stream, simple, replication=r))) for r in range(6)])
    own = np.array([fill_rate(Cohort(run(simple, arm("uniform"), replication=r))) for r in range(6)])
    error = np.sqrt(values.var(ddof=1) / 6 + own.var(ddof=1) / 6)
    assert abs(values.mean() - own.mean()) < 3 * error
    assert abs(values[0] - original) < 0.02


@pytest.mark.parametrize("mode", ["first_requests", "all_requests"])
def test_both_engines_replay_alike(tmp_path: Path, mode: str) -> None:
    full = world()
    stream = replay(run(full, arm("uniform")), tmp_path, mode, "columns.left_censored_days=60", "columns.requested=null").stream
    assert stream.known.any()
    assert (stream.tick == UNKNOWN).all()
    logs = [replayed(stream, full, "wecasa_2025", 3, engine) for engine in ("compiled", "simpy")]
    assert logs[0].digest() == logs[1].digest()


def test_what_the_file_does_not_say_is_luck_that_arms_share_and_replications_do_not() -> None:
    small = world()
    stream = by_hand(client=[0, 1, 2], start_day=[10, 20, 30], request_day=[UNKNOWN, 15, UNKNOWN])
    people = [replayed_population(stream, small, 1, r) for r in (0, 0, 1)]
    asked = [each.script.asked for each in people]
    np.testing.assert_array_equal(asked[0], asked[1])
    assert (asked[0]["slot"] != asked[2]["slot"]).any()
    for rows in asked:
        assert (rows["slot"] // SLOTS_PER_DAY).tolist() == [10, 20, 30]
        assert (rows["tick"] <= rows["slot"] * TICKS_PER_SLOT).all()
        assert rows["tick"][1] // TICKS_PER_DAY == 15
        assert (rows["tick"] >= 0).all()


def test_a_request_without_a_start_gets_one_by_the_markets_lead_time() -> None:
    soon = market("requests.lead_min_hours=2", "requests.lead_mean_hours=0")
    people = replayed_population(by_hand(client=[0, 0], tick=[36_000, 864_000 + 60]), soon, 1, 0)
    # 2 h after 10:00 is half hour 24 of day 0; 2 h after 0:01 of day 10 is rounded up to 2:30, half hour 5
    assert people.script.asked["slot"].tolist() == [24, 10 * SLOTS_PER_DAY + 5]


def test_a_request_before_the_earlier_one_can_be_over_is_made_by_a_double() -> None:
    hour = market("services.0.duration_minutes=60")
    # the second is asked for before the first session ends at 11:00 of day 2, the third after it
    stream = by_hand(client=[0, 0, 0], tick=[0, 3600, 3 * TICKS_PER_DAY], slot=[2 * 48 + 20, 2 * 48 + 20, 5 * 48])
    script = replayed_population(stream, hour, 1, 0).script
    assert script.known.tolist() == [False, True]
    assert script.asked["tick"].tolist() == [0, 3 * TICKS_PER_DAY, 3600]
    assert (script.end - script.begin - script.known).tolist() == [2, 1]
    log = replayed(stream, hour)
    assert (log.bookings["request_days"] * TICKS_PER_DAY).tolist() == [0, 3600, 3 * TICKS_PER_DAY]
    # who stands in for a client is nobody's new client
    np.testing.assert_array_equal(Cohort(log).first_request_days, [0, np.nan])


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_start_after_the_end_of_the_run_stays_open(engine: str) -> None:
    # asked for on the last day, for 730 days later
    last = market("horizon_days=60", "warmup_days=0")
    log = replayed(by_hand(client=[0], tick=[59 * TICKS_PER_DAY], slot=[(59 + 730) * SLOTS_PER_DAY]), last, engine=engine)
    assert log.names["outcomes"][log.bookings["outcome"][0]] == "open"
    assert log.bookings["start_days"].tolist() == [789]


def test_known_clients_make_all_their_requests_and_are_nobodys_new_clients() -> None:
    small = market("requests.lead_min_hours=0")
    stream = by_hand(
        client=[0, 0, 1, 1], tick=[0, 50 * TICKS_PER_DAY, 86400, 60 * TICKS_PER_DAY], slot=[4, 50 * 48 + 4, 52, 60 * 48 + 4]
    )
    stream = replace(stream, known=np.array([True, False]), all_requests=False)
    log = replayed(stream, small)
    mine = log.bookings["client"] == 0
    assert log.bookings["need"][mine].tolist() == [1, 2]
    assert log.bookings["stage"][mine].tolist() == [1, 2]
    # the new client's second request is not that of the file
    assert not (log.bookings["request_days"][~mine] == 60).any()
    np.testing.assert_array_equal(Cohort(log).first_request_days, [np.nan, 1])
    assert log.scores["clients_behind"].max() <= 1


def drawn_clients(n: int, **columns: list[float]) -> KnownClients:
    """Known clients who stay for good and need something every ten days, from day 1 on, with some columns of their own."""
    usual = {"next_tick": [TICKS_PER_DAY], "rate_per_day": [0.1], "gap_shape": [1e8], "lapse_share": [0.0], "taste_logit": [50.0]}
    unknown = {name: [UNKNOWN] for name in ("service", "zone", "channel")}
    kinds = {"rate_per_day": float, "gap_shape": float, "lapse_share": float, "taste_logit": float}
    merged = {**usual, **unknown, **columns}
    return KnownClients(**{name: np.resize(np.array(x, kinds.get(name, int)), n) for name, x in merged.items()})


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_known_clients_who_are_drawn_ask_by_their_own_traits_instead_of_as_in_the_file(engine: str) -> None:
    small = market(
        "requests.lead_min_hours=0", "requests.lead_mean_hours=0", "horizon_days=60", "pros.n=9", "pros.share_at_start=1"
    )
    # client 0 is new on day 5, client 1 known: the file's request on day 20 is not used
    stream = by_hand(client=[0, 1], tick=[5 * TICKS_PER_DAY, 20 * TICKS_PER_DAY], slot=[5 * 48, 20 * 48])
    stream = replace(stream, known=np.array([False, True]), drawn=np.array([False, True]), all_requests=False)
    ticks = [TICKS_PER_DAY, 30 * TICKS_PER_DAY]
    known = drawn_clients(2, next_tick=ticks, rate_per_day=[0.1, 0.2], taste_logit=[50.0, -50.0])
    log = simulate(small, arm("uniform"), 1, 0, engine, replayed_population(stream, small, 1, 0, known))  # type: ignore[arg-type]
    # numbered by arrival: days 1, 5 and 30
    assert log.clients["arrival_days"].tolist() == [1, 5, 30]
    assert log.clients["known"].tolist() == [True, False, True]
    asked = [log.bookings["need_days"][log.bookings["client"] == client] for client in range(3)]
    # one is there every ten days, but for the shape 1e8; the other leaves after the first
    assert asked[0] == pytest.approx(np.arange(1, 60, 10), abs=0.1)
    assert asked[1][0] == 5
    assert asked[2].tolist() == [30]
    assert log.bookings["need"][log.bookings["client"] == 0].tolist() == [1, 2, 3, 4, 5, 6]
    # nobody's new clients
    np.testing.assert_array_equal(Cohort(log).first_request_days, [np.nan, 5, np.nan])


def test_drawn_clients_ask_for_what_they_asked_for_and_change_nobody_else() -> None:
    small = world()
    stream = replace(by_hand(client=[0, 1], start_day=[10, 20]), all_requests=False)
    alone, beside = (replayed_population(stream, small, 1, 0, known) for known in (None, drawn_clients(3, service=[0, 1, UNKNOWN])))
    same = [name for name in alone.clients.dtype.names or () if name != "arrival_tick"]
    assert (beside.clients["arrival_tick"][:3] == TICKS_PER_DAY).all()
    assert (beside.clients[3:][same] == alone.clients[same]).all()
    assert beside.clients["service"][:2].tolist() == [0, 1]
    assert (beside.clients["rate_per_day"][:3] == 0.1).all()
    assert not beside.clients["one_time"][:3].any()


def test_known_clients_survive_being_kept() -> None:
    known = drawn_clients(3)
    assert KnownClients.of(known.arrays()).digest() == known.digest()
    assert replace(known, gap_shape=known.gap_shape + 1).digest() != known.digest()


def test_more_pros_fill_more_of_the_same_requests(tmp_path: Path) -> None:
    log = run(world(), arm("uniform"))
    stream = replay(log, tmp_path, "all_requests").stream
    filled = [fill_rate(Cohort(replayed(stream, world(f"pros.n={n}")))) for n in (4, 10, 40)]
    assert filled[0] < filled[1] < filled[2]


def test_a_stream_survives_being_kept_and_its_digest_tells_any_change(tmp_path: Path) -> None:
    stream = replay(run(world(), arm("uniform")), tmp_path, "all_requests", "pros=file").stream
    assert stream.supply is not None
    assert Stream.of(stream.arrays()).digest() == stream.digest()
    assert replace(stream, all_requests=False).digest() != stream.digest()
    assert replace(stream, slot=np.r_[stream.slot[0] + 1, stream.slot[1:]]).digest() != stream.digest()
    assert replace(stream, supply=None).digest() != stream.digest()


def test_the_pros_of_a_file_come_and_go_as_they_did(tmp_path: Path) -> None:
    found = replay(run(world(), arm("uniform")), tmp_path, "all_requests", "pros=file")
    supply, stream = found.stream.supply, found.stream
    assert supply is not None
    gone = supply.leave_tick >= 0
    supply = replace(supply, leave_tick=np.where(np.arange(len(gone)) == 0, 100 * TICKS_PER_DAY, UNKNOWN))
    log = replayed(replace(stream, supply=supply), found.plan.market)
    assert log.pros["left_days"][0] == 100
    assert np.isnan(log.pros["left_days"][1:]).all()
    served = log.bookings["pro"] == 0
    assert served.any()
    assert log.bookings["assigned_days"][served].max() <= 101
    np.testing.assert_array_equal(log.pros["joined_days"] * TICKS_PER_DAY, supply.joined_tick)
    # nobody starts before the hours in which the file's bookings lay
    opens = np.array([min(int(word & -word).bit_length() - 1 for word in row if word) for row in supply.work])
    taken = log.bookings["pro"] >= 0
    slot = np.rint(log.bookings["start_days"][taken] * SLOTS_PER_DAY).astype(int) % SLOTS_PER_DAY
    assert (slot >= opens[log.bookings["pro"][taken]]).all()
