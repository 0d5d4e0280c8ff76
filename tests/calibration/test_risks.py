import math

import numpy as np
import pytest

from sim import rules
from sim.bookings.columns import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, DONE, NO_SHOW
from sim.bookings.visits import Visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.findings import Finding, market_with
from sim.calibration.first_visit import effects, exposures, signs
from sim.calibration.fit import Fit
from sim.calibration.pros import spread_between
from sim.calibration.reader import Reader
from sim.calibration.risks import first_visits, late_risk, lost_risk, matched, relative_risk, star_risk
from sim.calibration.taste import matching_pros, stay_by_pro, stay_moments
from sim.config import Market
from sim.log import RunLog
from tests.markets import arm, market, run

STATUS = {
    rules.COMPLETED: DONE,
    rules.CANCELLED_BY_PRO: CANCELLED_BY_PRO,
    rules.CANCELLED_BY_CLIENT: CANCELLED_BY_CLIENT,
    rules.NO_SHOW: NO_SHOW,
}


def as_visits(log: RunLog) -> Visits:
    """What a team would export of a run: bookings that a pro had accepted and that are over."""
    bookings = log.bookings
    rows = np.flatnonzero(np.isin(bookings["outcome"], list(STATUS)))
    rows = rows[np.lexsort((bookings["start_days"][rows], bookings["client"][rows]))]
    client, day = bookings["client"][rows], np.floor(bookings["start_days"][rows]).astype(np.int64)
    rows = rows[~np.r_[False, (np.diff(client) == 0) & (np.diff(day) == 0)]]
    known, client = np.unique(bookings["client"][rows], return_inverse=True)
    rating = bookings["rating"][rows]
    numbers = {"minutes_late": bookings["minutes_late"][rows], "rating": np.where(rating > 0, rating, np.nan).astype(float)}
    return Visits(
        client,
        np.floor(bookings["start_days"][rows]).astype(np.int64),
        np.array([STATUS[int(outcome)] for outcome in bookings["outcome"][rows]]),
        np.zeros(len(known), np.bool_),
        numbers,
        {},
        {},
        np.full(len(rows), np.nan),
        True,
    )


def truth() -> Market:
    """The default market with effects that differ from its own, cancellations that are not made good, and twice the clients."""
    return market(
        "horizon_days=700",
        "clients.arrivals_per_day=40",
        "pros.n=300",
        "pros.share_at_start=1",
        "pros.leaving.enabled=false",
        "pros.cancellation_share=.12",
        "requests.max_attempts=1",
        "sessions.client_cancellation_share=.08",
        "stay.late=-1.6",
        "stay.cancelled_by_pro=-2.2",
        "stay.cancelled_by_client=-.5",
        "stay.per_earlier_session=0",
        preset="personal_care",
    )


def test_known_effects_are_recovered_from_the_log_of_a_run() -> None:
    world = truth()
    base = market_with(
        world, [Finding(f"stay.{name}", 0.0, "") for name in ("late", "cancelled_by_pro", "cancelled_by_client")], "base"
    )
    reader = Reader(as_visits(run(world, arm("uniform"))), 699, base)
    found = {exposure.key: exposure for exposure in exposures(reader)}
    assert any(str(words).startswith("return after a late first visit") for words in signs(reader))
    # taste as it is, one-time clients apart: the effects are asked for, not the fit. Beta(.72 * 3, .28 * 3) is the taste itself, so
    # the probability to stay is set to that of the true market
    mean, size = stay_of(world)
    model = ClientModel(3, 14, (1 - mean) * size, mean * size, 4, 0.53, True)
    effects(reader, Fit(model, 0.0, 1, (), np.empty((0, 0))), None)
    values = {finding.key: finding.value for finding in reader.found}
    visits = first_visits(world)
    assert found["stay.late"].clear
    assert found["stay.cancelled_by_pro"].clear
    for key, true in (
        ("stay.late", -1.6),
        ("stay.cancelled_by_pro", -2.2),
        ("stay.cancelled_by_client", -0.5),
        ("stay.no_show", 0.0),
    ):
        risk = found[key].risk
        low, high = (matched(key, end, visits) for end in (risk.low, risk.high))
        assert low < true < high, key
        # what cannot be told from no effect keeps the default
        if found[key].clear:
            assert values[key] == pytest.approx(true, abs=0.6 * (high - low)), key
        else:
            assert key not in values
            assert risk.low < 1 < risk.high


def stay_of(world: Market) -> tuple[float, float]:
    """Mean and size of the Beta that has the moments of a market's probability to stay."""
    mean, variance = stay_moments(world.clients.taste_mean, world.clients.taste_size, world)
    return mean, mean * (1 - mean) / variance - 1


def test_the_risks_that_a_market_implies_are_those_of_its_runs() -> None:
    world = truth()
    implied = first_visits(world)
    observed = {exposure.key: exposure for exposure in exposures(Reader(as_visits(run(world, arm("uniform"))), 699, world))}
    for key, risk in (
        ("stay.late", late_risk(implied, -1.6)),
        ("stay.cancelled_by_pro", lost_risk(implied, -2.2)),
        ("rating", star_risk(implied, 1.0)),
    ):
        assert abs(math.log(risk / observed[key].risk.estimate)) < 3 * observed[key].error, key


def test_an_effect_that_is_matched_gives_its_risk_back() -> None:
    visits = first_visits(market(preset="personal_care"))
    for key, risk, effect in (("stay.late", late_risk, -0.8), ("stay.no_show", lost_risk, 0.4), ("rating", star_risk, 2.5)):
        assert matched(key, risk(visits, effect), visits) == pytest.approx(effect, abs=1e-4)
    # nobody can return 50 times as often
    assert math.isnan(matched("stay.late", 50.0, visits))
    # without an effect late visits still go with pros who are worse in other ways
    assert 0.85 < late_risk(visits, 0.0) < 1


def test_the_factor_of_pros_gives_their_variation_back() -> None:
    world = market(preset="personal_care")
    mean, sd = stay_by_pro(world, 1.7)
    assert matching_pros(sd / mean, world) == pytest.approx(1.7, abs=1e-4)
    assert math.isnan(matching_pros(5.0, world))


def test_a_relative_risk_by_hand() -> None:
    # 3 of 10 against 6 of 10: .5, log error sqrt(1/3 - 1/10 + 1/6 - 1/10) = .5477
    exposed, other = np.arange(10) < 3, np.arange(10) < 6
    risk, error = relative_risk(exposed, other)
    assert risk.estimate == pytest.approx(0.5)
    assert error == pytest.approx(math.sqrt(0.3))
    assert risk.low == pytest.approx(0.5 * math.exp(-1.959964 * math.sqrt(0.3)))
    undefined, infinite = relative_risk(np.zeros(5, np.bool_), other)
    assert math.isnan(undefined.estimate)
    assert infinite == math.inf


def by_first_pro(returning: list[int], of: int) -> Reader:
    """A file of new clients by first pro of whom so many come again after a month; nothing but client, date and pro."""
    pro = np.repeat(np.arange(len(returning)), of)
    again = np.concatenate([np.arange(of) < n for n in returning])
    client = np.concatenate([np.arange(len(pro)), np.flatnonzero(again)])
    order = np.argsort(client, kind="stable")
    day = np.r_[np.zeros(len(pro)), np.full(again.sum(), 30)].astype(np.int64)[order]
    client = client[order]
    visits = Visits(
        client,
        day,
        np.full(len(day), DONE),
        np.zeros(len(pro), np.bool_),
        {},
        {"pro": pro[client]},
        {"pro": [str(i) for i in range(len(returning))]},
        np.full(len(day), np.nan),
        False,
    )
    return Reader(visits, 400, market(preset="personal_care"))


def test_pros_who_differ_show_that_the_first_visit_can_end_the_relation() -> None:
    # of 100 new clients each 10, 30, 50, 70 or 90 return: rho is about .08 / .25 = .32; nothing else is in the file
    (words,) = signs(by_first_pro([10, 30, 50, 70, 90], 100))
    assert str(words).startswith("return by first pro, rho 0.")
    # as even as can be
    assert signs(by_first_pro([50] * 5, 100)) == []


def test_without_a_first_visit_that_decides_effects_keep_their_defaults() -> None:
    world = truth()
    reader = Reader(as_visits(run(world, arm("uniform"))), 699, world)
    model = ClientModel(3, 14, 0.8, 2.2, 4, 0.53, False)
    effects(reader, Fit(model, 0.0, 1, (), np.empty((0, 0))), None)
    assert not reader.found
    assert any("does not end the relation" in str(why) for _, why in reader.untold)


def test_the_middle_of_the_spread_between_pros_is_that_of_the_market() -> None:
    reader = by_first_pro([40, 45, 50, 55, 60], 100)
    spread = spread_between(reader)
    model = ClientModel(3, 14, 0.8, 2.2, 4, 0.0, True)
    low, middle, high = effects(reader, Fit(model, 0.0, 1, (), np.empty((0, 0))), spread)
    skills = [{one.key: one.value for one in end.found}["stay.skill"] for end in (low, middle, high)]
    (found,) = (one.value for one in reader.found if one.key == "stay.skill")
    assert skills[1] == pytest.approx(found, rel=0.01)
    assert skills[0] < skills[1] < skills[2]
