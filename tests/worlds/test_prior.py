"""From what is uncertain to worlds: values, joint draws, correlations, and everything that is refused."""

import copy

import numpy as np
import pytest
from scipy import stats

from sim.config import ConfigError
from sim.worlds.prior import at, changed, make_prior, market_digest
from tests.markets import market

SAID = {
    "market": "tiny",
    "numbers": {
        "clients.one_time_share": {"uniform": {"low": 0.2, "high": 0.4}, "source": "assumption"},
        "spread": {"log_normal": {"median": 1, "log_sd": 0.2}, "scales": ["stay.skill", "stay.warmth"], "source": "assumption"},
        "loading": {
            "uniform": {"low": 0.2, "high": 0.6},
            "sets": ["pros.trait_loadings.skill", "pros.trait_loadings.warmth"],
            "source": "assumption",
        },
        "requests.max_offers": {"uniform": {"low": 2, "high": 5}, "source": "assumption"},
    },
    "switches": {
        "leakage": {
            "source": "assumption",
            False: {"probability": 0.75},
            True: {"probability": 0.25, "set": {"clients.leakage.share_per_session": 0.1}},
        }
    },
}


def said(**changes):
    return {**copy.deepcopy(SAID), **changes}


def with_number(name, **number):
    found = said()
    found["numbers"][name] = {"source": "assumption", **number}
    return found


BASE = market()


def test_a_point_of_the_cube_becomes_a_world_by_quantile_functions() -> None:
    prior = make_prior(SAID, BASE)
    assert prior.names == ("clients.one_time_share", "spread", "loading", "requests.max_offers", "leakage")
    # .25 of the way from .2 to .4; the median; .75 of the way; 2, 3, 4, 5 are a quarter each; the last quarter is on
    (world,) = prior.values(np.array([[0.25, 0.5, 0.75, 0.99, 0.8]]))
    assert world == (0.25, 1.0, 0.5, 5.0, "on")
    assert [prior.values(np.array([[0.5, 0.5, 0.5, u, 0.1]]))[0][3] for u in (0.01, 0.24, 0.26, 0.51, 0.76)] == [2, 2, 3, 4, 5]
    made = prior.market(world)
    assert made.clients.one_time_share == 0.25
    assert (made.stay.skill, made.stay.warmth) == (BASE.stay.skill, BASE.stay.warmth)
    assert made.pros.trait_loadings["skill"] == made.pros.trait_loadings["warmth"] == 0.5
    assert made.requests.max_offers == 5
    assert made.clients.leakage.share_per_session == 0.1


def test_a_number_that_scales_multiplies_what_the_market_has() -> None:
    prior = make_prior(SAID, BASE)
    up = prior.market((0.3, 2.0, 0.4, 3.0, "off"))
    assert up.stay.skill == pytest.approx(2 * BASE.stay.skill)
    assert up.stay.advocacy == BASE.stay.advocacy


def test_coded_worlds_are_the_points_they_came_from_and_levels_the_middle_of_their_cells() -> None:
    prior = make_prior(SAID, BASE)
    points = prior.points(64, 7)
    coded = prior.coded(prior.values(points))
    assert coded[:, :3] == pytest.approx(points[:, :3], abs=1e-3)
    assert set(np.round(coded[:, 3], 6)) == {0.125, 0.375, 0.625, 0.875}
    assert set(coded[:, 4]) == {0.375, 0.875}  # middles of [0, .75] and [.75, 1]


def test_the_first_worlds_of_many_are_the_few() -> None:
    prior = make_prior(SAID, BASE)
    assert prior.drawn(64, 3)[:16] == prior.drawn(16, 3)
    assert prior.drawn(16, 3) != prior.drawn(16, 4)


def test_rank_correlations_are_those_that_were_asked_for() -> None:
    asked = said(correlations=[{"of": ["clients.one_time_share", "spread"], "is": 0.6}])
    prior = make_prior(asked, BASE)
    worlds = np.array([world[:3] for world in prior.values(prior.points(2048, 1))], float)
    ranks = stats.spearmanr(worlds).statistic
    assert ranks[0, 1] == pytest.approx(0.6, abs=0.02)
    assert abs(ranks[0, 2]) < 0.03


def test_correlations_that_cannot_hold_together_are_refused() -> None:
    names = ["clients.one_time_share", "spread", "loading"]
    pairs = [(0, 1, 0.9), (1, 2, 0.9), (0, 2, -0.9)]
    asked = said(correlations=[{"of": [names[a], names[b]], "is": r} for a, b, r in pairs])
    with pytest.raises(ConfigError, match="no correlation matrix"):
        make_prior(asked, BASE)


def test_what_is_known_for_certain_differs_in_no_world() -> None:
    prior = make_prior(SAID, BASE, ["clients.one_time_share", "pros.trait_loadings"])
    assert prior.names == ("spread", "requests.max_offers", "leakage")


def test_a_prior_of_one_point_leaves_nothing_uncertain() -> None:
    one = {
        "market": "tiny",
        "numbers": {"clients.one_time_share": {"uniform": {"low": 0.3, "high": 0.3}, "source": "known"}},
        "switches": {"leakage": {"source": "known", "off": {"probability": 1}}},
    }
    assert make_prior(one, BASE).is_one_market


def draws(**changes):
    rows = [[0.31, False], [0.32, True], [0.33, "off"]]
    one = {"market": market_digest(BASE), "from": "a file", "of": ["clients.one_time_share", "leakage"], "rows": rows}
    return said(draws={**one, **changes})


def test_rows_of_a_joint_posterior_take_the_place_of_their_distributions() -> None:
    prior = make_prior(draws(), BASE)
    worlds = prior.drawn(3, 1)
    assert [(world[0], world[4]) for world in worlds] == [(0.31, "off"), (0.32, "on"), (0.33, "off")]
    assert [world[1] for world in worlds] == [world[1] for world in make_prior(SAID, BASE).drawn(3, 1)]
    with pytest.raises(ConfigError, match="worlds = 4, must be <= 3"):
        prior.drawn(4, 1)


def test_a_joint_posterior_of_another_market_is_left_aside() -> None:
    assert make_prior(draws(market="0" * 16), BASE).n_draws == 0
    # what is given for certain makes the market another one
    assert make_prior(draws(), BASE, ["pros.n"]).n_draws == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (with_number("clients.onetime", uniform={"low": 0, "high": 1}), "market.clients.onetime, unknown key"),
        (
            with_number("stay.late", normal={"mean": 0, "sd": 1}, beta={"mean": 0.5, "size": 2}),
            "has 2 distributions, must have one of",
        ),
        (with_number("stay.late"), "has 0 distributions"),
        (with_number("clients.taste_mean", uniform={"low": 0.5, "high": 1.5}), r"reaches 1\.5: market\.clients\.taste_mean = 1\.5"),
        (with_number("clients.rate_shape", normal={"mean": 3, "sd": 2}), r"reaches -6\.5"),
        (with_number("x", uniform={"low": 1, "high": 2}, scales=["requests.offer_order"]), "must hold a number"),
        (with_number("x", uniform={"low": 1, "high": 2}, scales=["stay.late"], sets=["stay.late"]), "sets or scales, not both"),
        (said(switches={"a": {"source": "x", "off": {"probability": 0.5}}}), r"sum to 0\.5, must sum to 1"),
        (said(switches={"a": {"source": "x", "on": {"probability": 1, "set": {"pros.none": 1}}}}), "market.pros.none, unknown key"),
        (said(switches={"a": {"on": {"probability": 1}}}), "a.source = None, must say where it comes from"),
        (said(switches={"a": {"source": "x"}}), "must have levels"),
        (said(correlations=[{"of": ["spread", "nothing"], "is": 0.5}]), "'nothing', must be one of the numbers"),
        (said(targets={"return_rate_6m": [0.4, 0.3]}), "must be two increasing numbers"),
        (draws(of=["clients.one_time_share", "nothing"]), "'nothing', must be one of the numbers and switches"),
        (draws(rows=[[0.3]]), "has 1 values, must have 2"),
        (draws(rows=[["x", "off"]]), "clients.one_time_share = 'x', must be a number"),
        (draws(rows=[[0.3, "half"]]), "leakage = 'half', must be one of: off, on"),
        (said(nubmers={}), "worlds.nubmers = {}, unknown key"),
    ],
)
def test_what_cannot_be_is_refused_with_key_value_and_rule(given, message) -> None:
    with pytest.raises(ConfigError, match=message):
        make_prior(given, BASE)


def test_values_are_found_and_changed_at_dotted_keys_with_positions_in_lists() -> None:
    tree = {"a": {"b": [1, {"c": 2}]}}
    assert at(tree, "a.b.1.c") == 2
    assert changed(tree, {"a.b.1.c": 5, "a.b.0": 3}) == {"a": {"b": [3, {"c": 5}]}}
    assert tree == {"a": {"b": [1, {"c": 2}]}}
    with pytest.raises(KeyError):
        changed(tree, {"a.x": 1})
