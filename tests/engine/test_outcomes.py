"""From the end of a request to the next need, read from logs of markets in which one thing happens often."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sim import rules
from sim.calendar import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_SLOT
from sim.draws import logistic, logit
from sim.engine.outcomes import felt_traits
from sim.engine.world import open_world
from sim.log import RunLog
from sim.population import draw_population
from tests.engine.hand import people, play
from tests.engine.units import slots, ticks
from tests.markets import arm, market, run

SEED = 4


def of_clients(log: RunLog) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows of the bookings by client and need, and of those: is it the client's first, is it the last."""
    order = np.lexsort((log.bookings["need"], log.bookings["client"]))
    client = log.bookings["client"][order]
    new = client[1:] != client[:-1]
    return order, np.r_[True, new], np.r_[new, True]


def within_three_errors(hits: NDArray[np.bool_], expected: NDArray[np.float64] | float) -> bool:
    """Whether the number of hits is within three standard errors of the sum of their probabilities."""
    p = np.broadcast_to(expected, hits.shape)
    return bool(abs(hits.sum() - p.sum()) < 3 * np.sqrt((p * (1 - p)).sum()))


def test_a_need_that_arises_during_a_request_waits_for_its_end() -> None:
    # needs every two days on average, requests of up to 45 days
    log = run(market("horizon_days=200", "clients.arrivals_per_day=5", "clients.rate_scale_per_day=.17"), arm("uniform"), SEED)
    order, first, last = of_clients(log)
    needed, asked, closed = (ticks(log.bookings[name])[order] for name in ("need_days", "request_days", "closed_days"))
    assert np.array_equal(asked[first], needed[first])
    later = np.flatnonzero(~first)
    assert np.array_equal(asked[later], np.maximum(needed[later], closed[later - 1]))
    waits = needed[later] < closed[later - 1]
    assert 0.2 < waits.mean() < 0.8
    assert (np.diff(needed)[~last[:-1]] >= 0).all(), "the gap runs from need to need"


def test_a_client_asks_again_exactly_after_a_request_that_made_the_client_stay() -> None:
    log = run(market("horizon_days=400", "clients.arrivals_per_day=20"), arm("uniform"), SEED)
    order, _, last = of_clients(log)
    stays = log.bookings["stays"][order]
    assert stays[~last].all()
    one_time = log.truth_clients["one_time"][log.bookings["client"][order]]
    assert not stays[one_time].any()
    assert last[one_time].all()
    assert (np.diff(log.bookings["need"][order])[~last[:-1]] == 1).all()
    # P(gap > 250 days) at Gamma(3) rates of scale .0085 is (1 + .0085 * 250) ** -3 = .033: the others ask again within the run
    long_ago = log.bookings["closed_days"][order] < 150
    assert (~last[stays & long_ago]).mean() > 0.95


def test_without_dropout_after_the_first_request_no_returning_client_leaves_there() -> None:
    for setting, first_can_end in (("true", True), ("false", False)):
        world = market("horizon_days=100", "clients.arrivals_per_day=20", f"clients.dropout_after_first={setting}")
        log = run(world, arm("uniform"), SEED)
        returning = ~log.truth_clients["one_time"][log.bookings["client"]] & (log.bookings["outcome"] != rules.OPEN)
        first = returning & (log.bookings["need"] == 0)
        assert log.bookings["stays"][first].all() != first_can_end
        assert not log.bookings["stays"][returning & ~first].all()


def test_staying_follows_taste_experience_and_habit() -> None:
    log = run(
        market(
            "horizon_days=500",
            "clients.arrivals_per_day=40",
            "clients.one_time_share=0",
            "clients.rate_scale_per_day=.03",
            "clients.tolerance_mean_minutes=5",
            "sessions.quality_noise_sd=0",
            "stay.per_earlier_session=.4",
            "stay.max_earlier_sessions=2",
            "sessions.no_show_share=.1",
            "stay.no_show=-.7",
        ),
        arm("uniform"),
        SEED,
    )
    bookings = log.bookings
    order, first, _ = of_clients(log)
    done = bookings["outcome"] == rules.COMPLETED
    # completed sessions of the client before this row
    running = np.cumsum(done[order]) - done[order]
    earlier = np.empty(len(order), np.int64)
    earlier[order] = running - np.maximum.accumulate(np.where(first, running, 0))
    pro, client = bookings["pro"], bookings["client"]
    felt = np.nan_to_num(bookings["minutes_late"]) > log.truth_clients["tolerance_minutes"][client]
    traits = log.truth_pros
    # without luck, quality is the pro's skill: log odds .45 skill + .4 warmth + .3 advocacy, -1 when felt late
    experience = 0.45 * traits["skill"][pro] + 0.4 * traits["warmth"][pro] + 0.3 * traits["advocacy"][pro] - 1.0 * felt
    effect = np.where(done, experience, -0.7) + 0.4 * np.minimum(earlier, 2)
    stay = np.array([logistic(x) for x in log.truth_clients["taste_logit"][client] + effect])
    closed = bookings["outcome"] != rules.OPEN
    for group in (done & felt, done & ~felt, closed & ~done, done & (earlier == 0), done & (earlier == 1), done & (earlier > 1)):
        assert group.sum() > 1500
        assert within_three_errors(bookings["stays"][group], stay[group])
    lowest, highest = done & (stay < 0.4), done & (stay > 0.9)
    assert lowest.sum() > 300
    assert within_three_errors(bookings["stays"][lowest], stay[lowest])
    assert within_three_errors(bookings["stays"][highest], stay[highest])


def test_a_session_is_late_as_often_as_its_pro_and_by_the_given_minutes() -> None:
    log = run(market("horizon_days=200", "clients.arrivals_per_day=60"), arm("uniform"), SEED)
    done = log.bookings["outcome"] == rules.COMPLETED
    minutes, share = log.bookings["minutes_late"][done], log.truth_pros["late_share"][log.bookings["pro"][done]]
    late = minutes >= 5
    assert within_three_errors(late, share)
    often = share > np.quantile(share, 0.8)
    assert within_three_errors(late[often], share[often])
    # beyond 5 minutes the time is exponential with mean 15, whose standard deviation is 15 as well
    assert abs(minutes[late].mean() - 20) < 3 * 15 / np.sqrt(late.sum())
    assert np.isnan(log.bookings["minutes_late"][~done]).all()


def test_clients_miss_sessions_more_often_the_longer_ago_they_booked() -> None:
    log = run(
        market(
            "horizon_days=200",
            "clients.arrivals_per_day=60",
            "sessions.no_show_share=.05",
            "sessions.no_show_logit_per_log_day=.75",
            "requests.lead_mean_hours=120",
        ),
        arm("uniform"),
        SEED,
    )
    held = np.isin(log.bookings["outcome"], (rules.COMPLETED, rules.NO_SHOW))
    missed = log.bookings["outcome"][held] == rules.NO_SHOW
    lead_days = (slots(log.bookings["start_days"]) * TICKS_PER_SLOT - ticks(log.bookings["request_days"]))[held] / TICKS_PER_DAY
    expected = np.array([logistic(logit(0.05) + 0.75 * np.log(1 + days)) for days in lead_days])
    for low, high in ((0, 1), (1, 5), (5, 45)):
        group = (lead_days >= low) & (lead_days < high)
        assert group.sum() > 1500
        assert within_three_errors(missed[group], expected[group])


def test_clients_and_pros_cancel_as_often_as_given_at_any_time_between_assignment_and_start() -> None:
    log = run(
        market(
            "horizon_days=200",
            "clients.arrivals_per_day=60",
            "clients.one_time_share=1",
            "sessions.client_cancellation_share=.3",
            "pros.cancellation_share=.2",
        ),
        arm("uniform"),
        SEED,
    )
    bookings = log.bookings
    closed = (bookings["outcome"] != rules.OPEN) & (bookings["request_days"] < 150)
    begin, end = ticks(bookings["assigned_days"]), slots(bookings["start_days"]) * TICKS_PER_SLOT
    # both may want to cancel (.3 * .2); each comes first half of the time
    for outcome, share in ((rules.CANCELLED_BY_CLIENT, 0.3 - 0.03), (rules.CANCELLED_BY_PRO, 0.2 - 0.03)):
        cancelled = bookings["outcome"] == outcome
        assert within_three_errors(cancelled[closed], share)
        when = (ticks(bookings["closed_days"]) - begin)[cancelled] / (end - begin)[cancelled]
        assert when.min() >= 0
        assert when.max() < 1
        # uniform when alone, with mean 1 / 2; the first of two, with mean 1 / 3, in .03 of the .27 or .17
        both = 0.03 / share
        mean = (1 - both) / 2 + both / 3
        assert abs(when.mean() - mean) < 3 * np.sqrt(1 / 12 / len(when))


def test_time_that_a_client_gives_back_can_be_booked_again_and_time_that_a_pro_cancels_cannot() -> None:
    # everybody wants an hour that begins at 23:00 or 23:30 of the day of the request, so any two sessions overlap
    evening = "requests.start_hour_weights=[" + 23 * "0," + "1]"
    for client_share, pro_share, outcomes, pros in (
        (1, 0, [rules.CANCELLED_BY_CLIENT, rules.CANCELLED_BY_CLIENT], [0, 0]),
        (0, 1, [rules.CANCELLED_BY_PRO, rules.UNFILLED], [0, -1]),
        (0, 0, [rules.COMPLETED, rules.UNFILLED], [0, -1]),
    ):
        one = market(
            "horizon_days=2",
            "pros.n=1",
            "requests.lead_min_hours=0",
            "requests.lead_mean_hours=0",
            evening,
            f"sessions.client_cancellation_share={client_share}",
        )
        second = 22 * TICKS_PER_HOUR
        who = people(one, [{}, {"arrival_tick": second}], [{"cancellation_share": pro_share}])
        _, log = play(one, who, arm("uniform"))
        assert log.bookings["outcome"].tolist() == outcomes
        assert log.bookings["pro"].tolist() == pros
        if client_share or pro_share:
            assert ticks(log.bookings["closed_days"])[0] < second, "cancelled before the second client asks"


def test_visits_fall_on_weekdays_as_often_as_their_weights_say_and_never_on_closed_days() -> None:
    weights = np.array([0.0, 1, 1.5, 1, 2, 1, 0])
    world = market(
        "horizon_days=200",
        "clients.arrivals_per_day=40",
        "pros.n=80",
        f"requests.start_weekday_weights={weights.tolist()}",
    )
    bookings = run(world, arm("uniform"), SEED).bookings
    done = (bookings["outcome"] == rules.COMPLETED) & (bookings["start_days"] < 196)
    counts = np.bincount(np.floor(bookings["start_days"][done]).astype(int) % 7, minlength=7)
    assert counts[0] == counts[6] == 0
    # clients' visits are nearly independent; a tenth of a point for the rest
    assert counts / counts.sum() == pytest.approx(weights / weights.sum(), abs=3 * np.sqrt(0.25 / counts.sum()) + 0.001)
    # as soon as possible after the lead time: 6 days more at most
    assert (bookings["start_days"] - bookings["request_days"])[done].max() < 45 + 7


def test_lapsing_clients_have_longer_gaps_and_the_others_keep_theirs() -> None:
    keys = ("horizon_days=400", "clients.gap_shape=9", "clients.one_time_share=0", "stay.skill=0", "pros.n=80")
    plain, lapsing = (
        run(market(*keys, "clients.lapse_gaps=3", f"clients.lapse_share={share}"), arm("uniform"), SEED).bookings
        for share in (0, 0.25)
    )
    first = [
        {int(c): d for c, n, d in zip(b["client"], b["need"], b["need_days"], strict=True) if n == 1} for b in (plain, lapsing)
    ]
    both = sorted(first[0].keys() & first[1].keys())
    same = np.array([first[0][client] == first[1][client] for client in both])
    # three quarters keep their gap to the bit; lapses that go beyond the horizon are not among both
    assert 0.7 < same.mean() < 0.9


def test_clients_may_differ_in_how_regular_their_gaps_are() -> None:
    world = market("horizon_days=300", "pros.n=4", "requests.lead_mean_hours=0")
    # gaps of a client with a huge shape are all 1 / rate = 10 days; of one with shape 1 they are exponential
    regular, irregular = ({"one_time": False, "rate_per_day": 0.1, "gap_shape": shape} for shape in (1e8, 1.0))
    _, log = play(world, people(world, [regular, irregular], [{}] * 4), arm("uniform"))
    gaps = [np.diff(log.bookings["need_days"][log.bookings["client"] == client]) for client in (0, 1)]
    assert len(gaps[0]) > 25
    assert gaps[0] == pytest.approx(10, abs=0.01)
    assert gaps[1].std() > 3


# ---- drawn off the platform


def test_a_client_who_goes_private_asks_no_more_and_the_truth_says_when_and_with_whom() -> None:
    world = market(
        "horizon_days=60", "pros.n=2", "clients.leakage={share_per_session: 1, from_session: 2}", "requests.lead_mean_hours=0"
    )
    clients = [{"one_time": False}, {"arrival_tick": 5}]
    who = people(world, clients, [{}, {"home_zone": 0, "acceptance_logit": -np.inf}])
    _, log = play(world, who, arm("uniform"))
    # one pro takes everything: the first client has a session, stays, has a second one and is gone; the other asks once anyway
    bookings = log.bookings
    assert bookings["client"].tolist() == [0, 1, 0]
    assert bookings["stays"].tolist() == [True, False, False]
    truth = log.truth_clients
    np.testing.assert_array_equal(truth["private_days"], [bookings["closed_days"][2], np.nan])
    assert truth["private_pro"].tolist() == [0, -1]
    assert np.isnan(truth["lost_days"]).all()


def test_sessions_count_in_a_row_with_the_same_pro() -> None:
    log = run(
        market(
            "horizon_days=500",
            "clients.arrivals_per_day=10",
            "clients.one_time_share=0",
            "clients.rate_scale_per_day=.03",
            "clients.leakage={share_per_session: 1, from_session: 2}",
            "pros.n=3",
        ),
        arm("uniform"),
        SEED,
    )
    bookings, truth = log.bookings, log.truth_clients
    private, alternating = 0, 0
    for client in log.clients["client"]:
        rows = np.flatnonzero((bookings["client"] == client) & (bookings["outcome"] == rules.COMPLETED))
        pros = bookings["pro"][rows]
        again = pros[1:] == pros[:-1]
        alternating += len(pros) > 2 and not again[:-1].any()
        # nobody comes back after two in a row, and whoever went private has just had them
        assert not again[:-1].any()
        if np.isfinite(truth["private_days"][client]):
            private += 1
            assert again[-1]
            assert truth["private_pro"][client] == pros[-1]
    assert private > 300
    assert alternating > 300, "many sessions, never two in a row"


def test_clients_go_private_as_often_as_given_after_sessions_that_made_them_stay() -> None:
    log = run(
        market("horizon_days=400", "clients.arrivals_per_day=40", "clients.leakage={share_per_session: .15, from_session: 1}"),
        arm("uniform"),
        SEED,
    )
    private = np.isfinite(log.truth_clients["private_days"]).sum()
    stayed = log.bookings["stays"].sum()
    assert private > 500
    assert within_three_errors(np.arange(private + stayed) < private, 0.15)


def test_competitors_win_as_many_needs_as_the_idle_time_says() -> None:
    log = run(
        market("horizon_days=500", "clients.arrivals_per_day=40", "clients.competitors.hazard_per_idle_month=.2"),
        arm("uniform"),
        SEED,
    )
    order, _, last = of_clients(log)
    closed = log.bookings["closed_days"][order]
    # each wait for a need that arose within the run: the next request, or the need that a competitor got
    came_back = np.flatnonzero(~last)
    waits = [log.bookings["request_days"][order][came_back + 1] - closed[came_back]]
    lost_days = log.truth_clients["lost_days"][log.bookings["client"][order][last]]
    lost = np.isfinite(lost_days)
    waits.append((lost_days - closed[last])[lost])
    gone = np.repeat([False, True], [len(wait) for wait in waits])
    months = np.concatenate(waits) / (365.25 / 12)
    assert lost.sum() > 1000
    assert within_three_errors(gone, 1 - np.exp(-0.2 * months))
    for low, high in ((0, 0.5), (0.5, 2), (2, 20)):
        group = (months >= low) & (months < high)
        assert within_three_errors(gone[group], 1 - np.exp(-0.2 * months[group]))
    # a client who leaves for a competitor had decided to stay
    assert log.bookings["stays"][order][last][lost].all()


def test_the_log_has_no_such_columns_when_nobody_can_be_drawn_off() -> None:
    truth = run(market("horizon_days=30", "clients.arrivals_per_day=5"), arm("uniform"), SEED).truth_clients
    assert not {"private_days", "private_pro", "lost_days"} & set(truth)


def test_a_client_feels_partly_the_pro_and_partly_the_pair_for_good() -> None:
    world = market("pros.n=40", "clients.arrivals_per_day=2", "sessions.pair_share=.36")
    state = open_world(world, draw_population(world, SEED, 0), SEED, 0)
    pairs = [(client, pro) for client in range(150) for pro in range(40)]
    felt = np.array([felt_traits(state, *pair) for pair in pairs])
    own = np.array([[state.pros[pro][name] for name in ("skill", "warmth", "advocacy")] for _, pro in pairs])
    fit = (felt - 0.8 * own) / 0.6
    # 6,000 pairs: a standard error of .013 at most
    assert np.abs(fit.mean(axis=0)).max() < 0.04
    np.testing.assert_allclose(fit.std(axis=0), 1, atol=0.03)
    # the three correlate by .632 * .632 as those of pros do, and have nothing to do with them
    np.testing.assert_allclose(np.corrcoef(fit.T)[np.triu_indices(3, 1)], 0.4, atol=0.04)
    assert np.abs(np.corrcoef(fit.T, own.T)[:3, 3:]).max() < 0.045
    # neither a client nor a pro gets on better in general: a mean of 40 pairs varies by 1 / 40, of 150 by 1 / 150
    table = fit[:, 0].reshape(150, 40)
    assert table.mean(axis=1).var() == pytest.approx(1 / 40, rel=0.4)
    assert table.mean(axis=0).var() == pytest.approx(1 / 150, rel=0.7)
    assert felt_traits(state, 7, 9) == felt_traits(state, 7, 9)


def test_the_fit_of_a_pair_decides_with_the_pro_who_stays_and_how_a_session_is_rated() -> None:
    keys = ("sessions.pair_share=.6", "sessions.quality_noise_sd=0", "clients.one_time_share=0", "clients.rate_scale_per_day=.03",
            "horizon_days=200", "clients.arrivals_per_day=20", "pros.n=20", "rating.given_share=1", "rating.warmth=1",
            "stay.late=0")  # fmt: skip
    world = market(*keys)
    log = run(world, arm("uniform"), SEED)
    people_of_run = draw_population(world, SEED, 0)
    state = open_world(world, people_of_run, SEED, 0)
    done = np.flatnonzero(log.bookings["outcome"] == rules.COMPLETED)
    client, pro = log.bookings["client"][done], log.bookings["pro"][done]
    felt = np.array([felt_traits(state, *pair) for pair in zip(client.tolist(), pro.tolist(), strict=True)])
    effect = felt @ [0.45, 0.4, 0.3]
    stay = np.array([logistic(x) for x in log.truth_clients["taste_logit"][client] + effect])
    for group in (effect > 1, effect < -1, np.abs(effect) < 0.3):
        assert group.sum() > 300
        assert within_three_errors(log.bookings["stays"][done][group], stay[group])
    # stars: cuts less the warmth felt; at most 4 with odds of e^(-.55 - warmth)
    below_five = np.array([logistic(-0.55 - warmth) for warmth in felt[:, 1]])
    assert within_three_errors(log.bookings["rating"][done] < 5, below_five)
    for group in (felt[:, 1] > 1, felt[:, 1] < -1):
        assert within_three_errors(log.bookings["rating"][done][group] < 5, below_five[group])
