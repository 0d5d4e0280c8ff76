from dataclasses import dataclass, replace

import numpy as np
import pytest

from sim.arrays import Floats
from sim.config import ConfigError, Market
from sim.engine.run import simulate
from sim.log import RunLog
from sim.views import ProView
from tests.markets import arm, market, run

SEED = 5
BUSY = (
    "horizon_days=150",
    "clients.arrivals_per_day=6",
    "pros.n=12",
    "pros.acceptance_share=.6",
    "pros.cancellation_share=.3",
    "requests.max_attempts=3",
    "requests.favourite_asked_share=.5",
    "log_offers=true",
)


def busy(*more: str) -> Market:
    """Few pros who often refuse or cancel, so that requests need several offers and several races."""
    return market(*BUSY, "log_choices=true", *more)


def rebuilt(log: RunLog) -> dict[tuple[int, int, int], float]:
    """Propensity of each offer, by booking, attempt and pro: the weight over those of all not asked before."""
    choices, found = log.choices, {}
    race = choices["booking"].astype(int) * 200 + choices["attempt"]
    for rows in np.split(np.arange(len(race)), np.flatnonzero(np.diff(race)) + 1):
        weight, asked = choices["weight"][rows], choices["asked"][rows]
        for place in range(1, asked.max() + 1):
            left, total = np.where((asked > 0) & (asked < place), 0.0, weight), 0.0
            for value in left:
                total += value
            (chosen,) = np.flatnonzero(asked == place)
            key = (int(choices["booking"][rows[0]]), int(choices["attempt"][rows[0]]), int(choices["pro"][rows[chosen]]))
            found[key] = weight[chosen] / total
    return found


@pytest.mark.parametrize("name", ["uniform", "wecasa_2025", "softmax"])
def test_the_propensity_of_the_pro_booked_follows_from_the_table_bit_by_bit(name: str) -> None:
    log = run(busy(), arm(name, *(() if name == "uniform" else ("score.min_sessions=2", "score.rebook_days=30"))), SEED)
    bookings, by_offer, checked = log.bookings, rebuilt(log), 0
    for row, _, pro in by_offer:
        last = bookings["cancellations_by_pros"][row] - (
            bookings["outcome"][row] == log.names["outcomes"].index("cancelled_by_pro")
        )
        if bookings["pro"][row] == pro and (row, last, pro) in by_offer and not bookings["favourite_booked"][row]:
            assert by_offer[row, last, pro] == bookings["propensity"][row]
            checked += 1
    assert checked > 300
    assert len({key[1] for key in by_offer}) == 3, "races after cancellations are there, too"


def test_who_is_asked_in_which_order_is_what_the_offers_say() -> None:
    log = run(busy(), arm("wecasa_2025", "score.min_sessions=2"), SEED)
    choices, offers = log.choices, log.offers
    drawn = ~offers["favourite"]
    asked = choices["asked"] > 0
    assert 0 < (~drawn).sum() < drawn.sum() == asked.sum()
    order = np.lexsort((choices["asked"][asked], choices["attempt"][asked], choices["booking"][asked]))
    mine = np.stack([choices[name][asked][order] for name in ("booking", "attempt", "pro")])
    # offers are written in the order in which they are made, attempt after attempt
    theirs = np.lexsort((offers["position"][drawn], offers["attempt"][drawn], offers["booking"][drawn]))
    np.testing.assert_array_equal(mine, np.stack([offers[name][drawn][theirs] for name in ("booking", "attempt", "pro")]))
    # the first offer of a race goes out at its instant, or once the favourite has answered
    first = choices["asked"][asked][order] == 1
    waited = offers["offered_days"][drawn][theirs][first] - choices["race_days"][asked][order][first]
    assert (waited[choices["attempt"][asked][order][first] > 0] == 0).all()
    assert (waited >= 0).all()


def test_keeping_choices_changes_nothing_else_and_without_it_the_log_has_no_such_table() -> None:
    policy = arm("wecasa_2025", "score.min_sessions=2")
    kept, without = run(busy(), policy, SEED), run(market(*BUSY), policy, SEED)
    assert without.choices == {}
    for table in ("clients", "pros", "bookings", "scores", "truth_pros", "truth_clients", "offers"):
        for name, column in getattr(without, table).items():
            np.testing.assert_array_equal(column, getattr(kept, table)[name], err_msg=f"{table}.{name}")


@dataclass(frozen=True)
class OddOnes:
    """Shows every other pro alone."""

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return np.arange(pros.n_pros) % 2 * 1.0


def test_a_candidate_of_weight_0_is_in_the_table_and_never_asked() -> None:
    log = run(busy(), replace(arm("uniform"), allocator=OddOnes()), SEED)
    choices = log.choices
    np.testing.assert_array_equal(choices["weight"], choices["pro"] % 2)
    zero = choices["weight"] == 0
    assert zero.sum() > 500
    assert (choices["asked"][zero] == 0).all()
    assert (log.bookings["pro"][log.bookings["pro"] >= 0] % 2 == 1).all()


def test_both_engines_keep_the_same_choices_and_the_table_grows() -> None:
    wide = busy("pros.n=300", "pros.zones_per_pro=1", "clients.arrivals_per_day=1", "horizon_days=60")
    logs = [simulate(wide, arm("uniform"), SEED, engine=engine) for engine in ("compiled", "simpy")]
    assert logs[0].digest() == logs[1].digest()
    assert len(logs[0].choices["pro"]) > 32 * 60


@pytest.mark.parametrize("order", ["ranked", "broadcast"])
def test_a_strict_order_and_offers_to_all_at_once_have_the_same_table(order: str) -> None:
    log = run(busy(f"requests.offer_order={order}", "requests.max_offers=4"), arm("wecasa_2025", "score.min_sessions=2"), SEED)
    choices = log.choices
    race = choices["booking"].astype(int) * 200 + choices["attempt"]
    for rows in np.split(np.arange(len(race)), np.flatnonzero(np.diff(race)) + 1)[:500]:
        asked, weight = choices["asked"][rows], choices["weight"][rows]
        places = np.sort(asked[asked > 0])
        assert places.tolist() == list(range(1, len(places) + 1))
        if order == "broadcast":
            assert len(places) in {0, min(4, len(rows))}
        elif len(places):
            behind = weight[asked == 0]
            assert (np.diff(weight[np.argsort(asked)][asked[np.argsort(asked)] > 0]) <= 0).all()
            assert behind.max(initial=0.0) <= weight[asked > 0].min()


def test_a_client_s_choice_from_a_list_is_not_in_the_table() -> None:
    log = run(busy("requests.mode=mixed", "requests.list.mixed_share=.5"), arm("uniform"), SEED)
    listed = np.flatnonzero(log.bookings["list_length"] > 0)
    assert len(listed) > 50 < len(log.choices["pro"])
    assert not np.isin(log.choices["booking"], listed).any()


def test_choices_of_a_market_in_which_the_platform_never_chooses_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"log_choices = True, must be false with requests.mode = list"):
        busy("requests.mode=list")
