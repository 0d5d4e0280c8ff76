import numpy as np
import pytest

from sim.calendar import TICKS_PER_DAY
from sim.designs.base import CLOSED, NOT_ASKED, Groups, Split
from sim.engine.groups import CONTROL, TREATED, arm_of, group_of, merge, mixed, share_treated, works_on
from sim.engine.sight import relative_visibility
from sim.engine.world import World, open_world, with_groups
from tests.engine.hand import people
from tests.markets import market


def world(pros: list[bool], control: list[float], treated: list[float], merges: bool = False) -> World:
    """Strict orders in one zone, and two clients, at .2 and .7; from day 3 on weeks with nobody, half and all of them treated."""
    small = market(f"pros.n={len(pros)}")
    opened = open_world(small, people(small, [{}, {}], [{}] * len(pros)), 1, 0, "ranked")
    groups = Groups(np.array([0.2, 0.7]), np.array([[0.0, 0.5, 1.0]]), np.array(pros), 7.0)
    split = with_groups(opened, Split(groups, 3.0, 21.0), "ranked", merges, separate=False)
    n_stages = split.rules[0]["n_stages"]
    split.visibility[:n_stages], split.visibility[n_stages:] = control, treated
    return split


def test_a_request_has_the_group_that_its_split_says() -> None:
    state = world([True], [1], [1])
    for client, days, group in [(0, 2.9, -1), (0, 3, 0), (0, 10, 1), (1, 10, 0), (1, 17, 1), (1, 23.9, 1), (1, 24, -1)]:
        assert group_of(state, client, 0, 0, int(days * TICKS_PER_DAY)) == group


def test_who_has_no_part_in_the_experiment_is_in_no_group() -> None:
    state = world([True], [1], [1])
    state.client_state["place"][0] = NOT_ASKED
    assert group_of(state, 0, 0, 0, 17 * TICKS_PER_DAY) == -1
    state.shares[:] = CLOSED
    assert group_of(state, 1, 0, 0, 17 * TICKS_PER_DAY) == -1


def test_a_treatment_that_wears_off_works_on_fewer_requests_by_half_of_what_is_above_the_lasting_share() -> None:
    state = world([True], [1], [1])
    state.trial["lasting_share"], state.trial["half_life_ticks"] = 0.2, 7 * TICKS_PER_DAY
    # from day 3 on: .2 + .8, .2 + .8 / 2, .2 + .8 / 4
    for day, share in ((3, 1.0), (10, 0.6), (17, 0.4)):
        assert works_on(state, day * TICKS_PER_DAY) == pytest.approx(share)
    # all are treated in the third week; 2,000 requests: standard error .011
    groups = [group_of(state, 0, need, 0, 17 * TICKS_PER_DAY) for need in range(2_000)]
    assert np.mean(groups) == pytest.approx(0.4, abs=0.04)
    state.trial["half_life_ticks"] = 0.0
    assert works_on(state, 3 * TICKS_PER_DAY) == pytest.approx(0.2)
    assert share_treated(state, 17 * TICKS_PER_DAY) == pytest.approx(0.2)


def test_the_treated_arm_weighs_treated_pros_for_treated_requests_only() -> None:
    state = world([True, False], [1, 1], [1, 1])
    for group, arms in ((-1, [-1, -1]), (CONTROL, [CONTROL, CONTROL]), (TREATED, [TREATED, CONTROL])):
        state.bookings[0]["group"] = group
        assert [arm_of(state, 0, pro) for pro in (0, 1)] == arms


ALL = np.ones(3, bool)


def test_mixed_weights_of_the_treated_arm_are_brought_to_the_mean_of_the_controls() -> None:
    # means 2 and 20: the treated arm's weights are divided by ten
    control, treated = np.array([[1.0, 2.0, 3.0]]), np.array([[40.0, 10.0, 10.0]])
    np.testing.assert_allclose(mixed(control, treated, np.array([1, 0, 0]), ALL), [[4.0, 2.0, 3.0]])
    # over the active ones the means are 1.5 and 25
    active = np.array([True, True, False])
    np.testing.assert_allclose(mixed(control, treated, np.array([1, 0, 0]), active), [[2.4, 2.0, 3.0]])


def test_each_stage_has_its_own_mean() -> None:
    control, treated = np.array([[1.0, 1.0], [1.0, 3.0]]), np.array([[2.0, 2.0], [0.5, 0.5]])
    np.testing.assert_allclose(mixed(control, treated, np.array([0, 1]), np.ones(2, bool)), [[1.0, 1.0], [1.0, 2.0]])


def test_two_equal_arms_mix_to_exactly_their_weights() -> None:
    weights = np.random.default_rng(1).random((4, 3)) / 3
    assert mixed(weights, weights.copy(), np.array([0, 1, 0]), ALL).tobytes() == weights.tobytes()


def test_with_every_pro_treated_the_treated_arms_weights_stay_as_they_are() -> None:
    treated = np.array([[40.0, 10.0, 10.0]])
    assert mixed(np.ones((1, 3)), treated, np.ones(3, int), ALL).tolist() == treated.tolist()


def test_an_arm_that_shows_no_active_pro_is_not_scaled() -> None:
    active = np.array([True, True, False])
    found = mixed(np.array([[1.0, 1.0, 5.0]]), np.array([[0.0, 0.0, 2.0]]), np.array([0, 1, 1]), active)
    assert found.tolist() == [[1.0, 0.0, 2.0]]


def merged_order(pros: list[bool], need: int, control: list[float], treated: list[float]) -> list[int]:
    """Pros by merged weight, best first; those with the weight 0 left out."""
    state = world(pros, control, treated, merges=True)
    n = len(pros)
    state.shortlist[:n], state.lots[:n] = np.arange(n), np.linspace(0.9, 0.1, n)
    for name, value in (("client", 0), ("need", need), ("attempts", 0), ("stage", 0)):
        state.bookings[0][name] = value
    merge(state, 0, n)
    shown = np.flatnonzero(state.weights[:n] > 0)
    return shown[np.argsort(-state.weights[shown], kind="stable")].tolist()


def test_in_merged_orders_each_pro_takes_the_position_that_the_own_arm_gives() -> None:
    # the control's order is 0 1 2 3, the treated arm's 3 2 1 0
    up, down = [1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]
    assert merged_order([False] * 4, 0, down, up) == [0, 1, 2, 3]
    assert merged_order([True] * 4, 0, down, up) == [3, 2, 1, 0]
    # the treated 0 and 3 change places, the others stay
    assert merged_order([True, False, False, True], 0, down, up) == [3, 1, 2, 0]


def test_two_who_claim_a_position_are_ordered_by_a_coin_for_the_request() -> None:
    # treated 0 and 1 claim the positions 3 and 2, as the control's 3 and 2 do
    orders = [tuple(merged_order([True, True, False, False], need, [4, 3, 2, 1], [1, 2, 3, 4])) for need in range(60)]
    assert set(orders) == {(1, 2, 0, 3), (2, 1, 3, 0)}
    # binomial with 60 tosses: sd 3.9
    assert orders.count((1, 2, 0, 3)) == pytest.approx(30, abs=12)


def test_a_pro_whom_the_own_arm_hides_is_not_in_the_merged_order() -> None:
    assert merged_order([True, False, True], 0, [3, 2, 1], [0, 1, 5]) == [2, 1]


def test_the_share_of_requests_treated_is_that_of_the_week_to_come() -> None:
    state = world([True], [1], [1])
    # nobody until day 10, half until day 17, all until day 24
    for day, share in ((0, 0.0), (3, 0.0), (7, 0.5 * 4 / 7), (10, 0.5), (14, (0.5 * 3 + 4) / 7), (20, 4 / 7), (24, 0.0)):
        assert share_treated(state, day * TICKS_PER_DAY) == pytest.approx(share)


def test_pros_feel_what_both_groups_are_shown_by_how_many_requests_there_are_of_each() -> None:
    state = world([True, True], [1.0, 3.0], [5.0, 5.0])
    assert relative_visibility(state).tolist() == [0.5, 1.5]
    state.trial[0]["treated_share"] = 0.5
    assert relative_visibility(state).tolist() == [0.75, 1.25]


def test_where_orders_merge_a_control_pro_feels_the_controls_weights_only() -> None:
    state = world([True, False], [1.0, 3.0], [3.0, 1.0], merges=True)
    state.trial[0]["treated_share"] = 1.0
    assert relative_visibility(state).tolist() == [1.5, 1.5]
