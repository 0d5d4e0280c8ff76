"""Who is compared with whom under each design, worked out by hand."""

import numpy as np
import pytest

from experiments.trials.estimating import Newcomers, by_period, estimates, lay, newcomers_of, undisturbed
from sim.designs.base import CLOSED, NOT_ASKED, Groups, Split, Units, everybody
from sim.designs.client import Client
from sim.designs.pro import Pro
from sim.designs.staged import Staged
from sim.designs.switchback import Switchback
from sim.designs.synthetic_control import SyntheticControl
from sim.designs.two_sided import TwoSided
from sim.metrics.newcomers import PREFIX


def newcomers(outcome, client=None, zone=None, day=None, pro=None) -> Newcomers:
    n = len(outcome)
    given = (client, zone or [0] * n, pro)
    clients, zones, pros = (np.asarray(np.arange(n) if one is None else one).astype(np.int64) for one in given)
    days = np.zeros(n) if day is None else np.asarray(day, float)
    return Newcomers(clients, zones, days, pros, np.asarray(outcome, float))


def split(places=None, shares=((1.0,),), pros=None, period_days=28.0, days=28.0) -> Split:
    groups = Groups(
        np.asarray(places if places is not None else np.zeros(12)),
        np.asarray(shares, float),
        np.asarray(pros if pros is not None else [True] * 12, bool),
        period_days,
    )
    return Split(groups, 100.0, days)


def test_clients_are_compared_by_their_place() -> None:
    who = newcomers([0, 1, 1, 1])
    found = estimates(Client(0.5), split([0.9, 0.8, 0.1, 0.2], [[0.5]]), who, 0.5)["difference"]
    # treated are the last two: 1 - .5
    assert (found.estimate, found.n_treated, found.n_control) == (pytest.approx(0.5), 2, 2)


def test_clients_of_treated_pros_are_compared_and_those_without_a_pro_left_out() -> None:
    who = newcomers([1, 0, 1, 0, 1], pro=[0, 1, 2, 3, -1])
    laid = lay(Pro(0.5), split(pros=[True, False, True, False]), who)
    assert laid.treated.tolist() == [True, False, True, False]
    assert laid.clusters.tolist() == [0, 1, 2, 3]


def test_periods_are_compared_by_their_means_without_their_first_days() -> None:
    design = Switchback(0.5, 7.0, True, 2.0)
    who = newcomers([9, 1, 0, 1, 0, 1], day=[0.5, 3, 9, 10, 17, 24])
    plan = split(shares=[[1.0, 0.0, 1.0, 0.0]], period_days=7.0)
    laid = lay(design, plan, who)
    # the first client came within the first two days of a week
    assert laid.clusters.tolist() == [0, 1, 1, 2, 3]
    found = estimates(design, plan, who, 0.5)["hajek"]
    # by clients: treated (1 + 0) / 2, control (0 + 1 + 1) / 3
    assert found.estimate == pytest.approx(0.5 - 2 / 3)
    means, treated, counts = by_period(laid.who.outcome, laid.treated, laid.clusters)
    assert (means.tolist(), treated.tolist(), counts.tolist()) == ([1, 0.5, 0, 1], [True, False, True, False], [1, 2, 1, 1])


def test_stages_with_other_shares_are_compared_within_themselves() -> None:
    design = Staged((0.2, 0.8), 7.0)
    places = [0.1, 0.5, 0.6, 0.7, 0.9, 0.3]
    # the second week is better by 10 for everybody, and has more treated: by 1 where it is compared with itself
    who = newcomers([2, 1, 1, 12, 11, 12, 11], client=[0, 1, 2, 3, 4, 5, 4], day=[1, 1, 1, 8, 8, 8, 8])
    found = estimates(design, split(places, [[0.2, 0.8]], period_days=7.0, days=14.0), who, 0.5)["difference"]
    assert found.estimate == pytest.approx(1.0)


def test_before_and_after_are_compared_by_week() -> None:
    design = Staged((0.0, 1.0), 14.0)
    who = newcomers([0, 2, 3, 5], day=[1, 8, 15, 22])
    found = estimates(design, split(shares=[[0.0, 1.0]], period_days=14.0), who, 0.5)["before_after"]
    assert found.estimate == pytest.approx(3.0)


def test_both_sides_have_the_improved_estimate_first() -> None:
    generator = np.random.default_rng(1)
    who = newcomers(generator.random(40) < 0.5, pro=np.arange(40) % 6)
    plan = split(generator.random(40), [[0.5]], [True, False] * 3)
    assert list(estimates(TwoSided(0.5, 0.5), plan, who, 0.8)) == ["improved_1", "naive"]


def test_the_undisturbed_comparison_takes_each_side_from_its_own_market() -> None:
    control, treated = newcomers([0, 0, 1, 0]), newcomers([1, 1, 1, 0])
    # the treated are clients 2 and 3: .5 of the treated market; clients 0 and 1 of the other: 0
    assert undisturbed(Client(0.5), split([0.9, 0.8, 0.1, 0.2], [[0.5]]), control, treated) == 0.5


def test_a_split_of_everybody_treats_all() -> None:
    groups = everybody(Units(0, 0, 3, 2, 1, 7.0))
    assert lay(Client(0.5), Split(groups, 0.0, 7.0), newcomers([1, 1, 0])).treated.all()


def test_a_return_counts_if_it_is_known_when_the_experiment_is_analysed() -> None:
    columns = {"client": [0, 1, 2], "zone": [0, 0, 0], "day": [0, 10, 20], "pro": [0, 0, 0]}
    run = {PREFIX + name: np.array(values, float) for name, values in columns.items()}
    run |= {PREFIX + "returned_6m": np.array([1.0, 1.0, 0.0]), PREFIX + "again_days": np.array([30.0, 31.0, np.nan])}
    assert newcomers_of(run, "returned_6m").outcome.tolist() == [1, 1, 0]
    # on day 40 the second client, who came back on day 41, has not
    assert newcomers_of(run, "returned_6m", 40.0).outcome.tolist() == [1, 0, 0]


def test_clients_without_a_part_in_it_are_left_out() -> None:
    plan = split([0.2, 0.7, NOT_ASKED, 0.3, 0.8], [[0.5], [CLOSED]])
    laid = lay(Client(0.5), plan, newcomers([1, 2, 3, 4, 5], zone=[0, 0, 0, 0, 1]))
    assert (laid.who.outcome.tolist(), laid.treated.tolist()) == ([1, 2, 4], [True, False, True])


def test_a_zone_switched_on_is_set_beside_the_others_by_fortnights() -> None:
    design = SyntheticControl(1, 56.0)
    zones = np.repeat(np.arange(5), 8)
    days = np.tile(np.arange(8) * 14 + 3.0, 5)
    # all zones go up and down together, and the second is 2 higher from day 56 on
    outcome = np.tile([0, 1, 0, 1, 2, 0, 1, 0], 5) + zones + 2.0 * ((zones == 1) & (days >= 56))
    plan = split(np.zeros(40), [[0, 0], [0, 1], [0, 0], [0, 0], [0, 0]], period_days=56.0, days=112.0)
    who = newcomers(outcome, zone=zones.tolist(), day=days)
    assert estimates(design, plan, who, 0.5)["synthetic_control"].estimate == pytest.approx(2.0)
    with pytest.raises(ValueError, match="1 of 40 fortnights of a zone have no new client"):
        estimates(design, plan, who.rows(np.arange(40) != 3), 0.5)
