"""All that a log says about a new policy, where the truth is known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.offpolicy.decisions import Decisions, Offers
from sim.offpolicy.judging import judge
from tests.offpolicy.bandit import LOGGED, RETURNS, TRUTH, drawn


def log(n: int, seed: int) -> tuple[Decisions, np.ndarray]:
    """Decisions of the bandit, each made by one offer that is accepted, and the propensities of its new policy."""
    found = drawn(n, seed)
    decisions = Decisions(
        outcome=found.choices.outcome,
        followed=np.ones(n),
        features=found.context[:, None],
        counts=found.candidates.counts,
        chosen=found.candidates.chosen,
        pros=np.tile(np.arange(4), n) + 4 * np.repeat(np.arange(n) % 25, 4),
        logged=found.candidates.logged,
        offers=Offers(np.ones(n, np.int64), found.choices.logged),
    )
    return decisions, found.candidates.target


def test_every_estimator_but_the_model_alone_is_right_within_its_error() -> None:
    decisions, target = log(10_000, 1)
    found = judge(decisions, target, decisions.candidates(target).of_chosen(target))
    logged = float((RETURNS * LOGGED).sum() / 2)
    assert found.logged.low < logged < found.logged.high
    for name, one in found.estimates.items():
        if name != "direct":
            error = one.value.half_width / 1.96
            assert abs(one.value.estimate - TRUTH) < 3.5 * error, name
            assert abs(one.difference.estimate - (TRUTH - logged)) < 3.5 * one.difference.half_width / 1.96, name
            assert one.difference.estimate == pytest.approx(one.value.estimate - found.logged.estimate, abs=1e-9)


def bounded(decisions: Decisions, target: np.ndarray) -> set[str]:
    return {name for name, one in judge(decisions, target).estimates.items() if math.isfinite(one.bernstein.low)}


def test_the_bound_for_any_outcomes_is_longer_than_resampling_and_only_where_it_covers_all_that_can_be_off() -> None:
    decisions, target = log(300, 2)
    found = judge(decisions, target).estimates
    assert bounded(decisions, target) == {"ips", "doubly_robust"}
    for name in ("ips", "doubly_robust"):
        assert found[name].bernstein.half_width > found[name].difference.half_width


def test_no_bound_where_propensities_are_made_up_or_outcomes_stand_for_others() -> None:
    decisions, target = log(300, 2)
    assert not bounded(replace(decisions, support_unknown=True), target)
    assert not bounded(decisions.followed_by(np.where(np.arange(300) % 3 == 0, 0.0, 1.5)), target)


def test_no_bound_where_even_one_choice_has_no_support() -> None:
    # pro 1 always comes back, and the log could not choose him for the last client
    n = 40
    logged, chosen = np.full(2 * n, 0.5), np.arange(n) % 2
    logged[-2:], chosen[-1] = (1.0, 0.0), 0
    decisions = Decisions(
        chosen.astype(float), np.ones(n), np.zeros((n, 0), np.int64), np.full(n, 2), chosen, np.tile([0, 1], n), logged
    )
    target = np.tile([0.2, 0.8], n)
    assert not bounded(decisions, target)
    assert bounded(decisions.rows(np.arange(n) < n - 1), target[:-2]) == {"ips", "doubly_robust"}


def test_single_offers_say_the_same_as_single_choices() -> None:
    decisions, target = log(500, 3)
    found = judge(decisions, target, decisions.candidates(target).of_chosen(target)).estimates
    assert found["offers_ips"].value == found["ips"].value
    assert found["offers_self_normalised"].value == found["self_normalised"].value


def test_without_offers_sequences_are_not_looked_at() -> None:
    decisions, target = log(500, 3)
    assert not [name for name in judge(replace(decisions, offers=None), target).estimates if name.startswith("offers")]


def test_the_policy_that_made_the_log_changes_nothing() -> None:
    decisions, _ = log(1_000, 4)
    found = judge(decisions, decisions.logged)
    assert found.estimates["ips"].difference.estimate == 0
    assert found.moved_share == 0
    assert found.busiest_times == pytest.approx(1)
    assert found.estimates["ips"].overlap.effective_n == pytest.approx(1_000)


def test_who_would_serve_more_is_told_by_shares_of_pros() -> None:
    # of two decisions among pros 0 and 1, half each: then all to pro 0, or three in four
    two = Decisions(
        np.array([1.0, 0.0]), np.ones(2), np.zeros((2, 1), np.int64), np.array([2, 2]), np.array([0, 1]), np.array([0, 1, 0, 1]),
        np.full(4, 0.5),
    )  # fmt: skip
    found = judge(two, np.array([1.0, 0.0, 0.75, 0.25]))
    assert found.moved_share == pytest.approx(0.375)
    assert found.busiest_times == pytest.approx(1.75)


def test_support_is_not_known_where_only_the_chosen_has_a_propensity() -> None:
    decisions, target = log(500, 5)
    assert math.isnan(judge(replace(decisions, support_unknown=True), target).estimates["ips"].overlap.unsupported_share)
    assert judge(decisions, target).estimates["ips"].overlap.unsupported_share == 0


def test_the_clipping_curve_ends_at_what_is_not_clipped() -> None:
    decisions, target = log(1_000, 6)
    found = judge(decisions, target)
    assert found.clipping.estimates[-1] == pytest.approx(found.estimates["ips"].value.estimate)
    assert (np.diff(found.clipping.estimates) >= 0).all()


def test_weights_of_clients_who_are_followed_cancel_in_every_difference() -> None:
    decisions, _ = log(600, 7)
    followed = np.where(np.arange(600) % 3 == 0, 0.0, 1.49)
    found = judge(decisions.followed_by(followed), decisions.logged)
    for name in ("ips", "self_normalised", "clipped"):
        assert found.estimates[name].difference.estimate == pytest.approx(0.0, abs=1e-12)
    # the model's mean over the log's candidates, less that of those who were chosen
    assert found.estimates["doubly_robust"].difference.estimate == pytest.approx(0.0, abs=0.01)
