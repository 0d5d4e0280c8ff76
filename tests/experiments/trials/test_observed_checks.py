"""Faults put into an experiment on purpose, each found by its check; without them, nothing is."""

import numpy as np
import pytest

from experiments.trials.estimating import Newcomers
from experiments.trials.observed_checks import checks_of
from experiments.trials.observed_clients import Clients
from experiments.trials.observed_plan import Observed
from experiments.trials.observed_split import Taken
from sim.designs.base import Groups, Split
from sim.designs.client import Client
from sim.designs.pro import Pro
from sim.designs.staged import Staged
from sim.designs.switchback import Switchback
from sim.designs.zone_switchback import ZoneSwitchback

DAYS = 280.0
N = 4_000


def clients(day, zone) -> Clients:
    """First requests of which nothing else is known."""
    n = len(day)
    unknown, nothing = np.full(n, -1), np.full(n, np.nan)
    return Clients(
        np.arange(n), day, zone, unknown, unknown, nothing, nothing, np.zeros(n, bool), nothing, np.arange(n), day, False
    )


def found(design, groups: Groups, unit_groups, outcome, day=None, zone=None, pro=None, before=None):
    """Checks by name."""
    n = len(outcome)
    day = np.linspace(0, DAYS, n, endpoint=False) if day is None else day
    zone = np.zeros(n, np.int64) if zone is None else zone
    who = Newcomers(np.arange(n), zone, day, np.full(n, -1) if pro is None else pro, np.asarray(outcome, float))
    everybody = np.ones(n, bool)
    nobody = who.rows(~everybody)
    taken = Taken(
        "A", "B", Split(groups, 0.0, DAYS), who, np.arange(n), everybody, before or nobody, 0, 0, 0, np.asarray(unit_groups, int)
    )
    observed = Observed(None, "design", design, 0, int(DAYS), {})
    return {check.name: check for check in checks_of(taken, clients(day, zone), observed)}


def by_place(treated, n_zones: int = 1) -> Groups:
    return Groups(np.where(treated, 0.0, 0.75), np.full((n_zones, 1), 0.5), np.ones(1, bool), DAYS)


def chance(p, seed: int = 1):
    return np.random.default_rng(seed).random(len(p)) < p


def switched(seed: int = 3):
    """40 weeks, half of them treated, and the week of each client."""
    on = np.random.default_rng(seed).permutation(np.repeat([0.0, 1.0], 20))
    return on, (np.linspace(0, DAYS, N, endpoint=False) // 7).astype(int)


@pytest.mark.parametrize(("carried", "verdict"), [(0.0, "fine"), (0.5, "doubtful")])
def test_what_the_week_before_did_is_found_in_a_switchback(carried: float, verdict: str) -> None:
    on, week = switched()
    groups = Groups(np.zeros(N), on[None, :], np.ones(1, bool), 7.0)
    before = np.r_[0.0, on[:-1]][week]
    checks = found(Switchback(0.5, 7.0, True, 0.0), groups, on, chance(0.2 + 0.2 * on[week] + carried * before))
    assert checks["carry_over"].verdict == verdict
    assert checks["carry_over"].estimate == (0 if verdict == "fine" else 1)
    assert checks["sample_ratio"].verdict == "fine"


@pytest.mark.parametrize(("lag", "verdict"), [(0.0, "fine"), (3.5, "doubtful")])
def test_an_effect_that_comes_late_in_a_week_is_found(lag: float, verdict: str) -> None:
    on, week = switched()
    day = np.linspace(0, DAYS, N, endpoint=False)
    groups = Groups(np.zeros(N), on[None, :], np.ones(1, bool), 7.0)
    outcome = chance(0.2 + 0.5 * on[week] * (day % 7 >= lag))
    assert found(Switchback(0.5, 7.0, True, 0.0), groups, on, outcome)["settling"].verdict == verdict


@pytest.mark.parametrize(("spilled", "verdict"), [(0.0, "fine"), (-0.6, "doubtful")])
def test_what_treated_clients_take_from_others_nearby_is_found(spilled: float, verdict: str) -> None:
    # 16 zones; by chance more or fewer of those of a zone and week are treated, about 6 of them
    zone = np.tile(np.arange(16), N // 16)
    treated = chance(np.full(N, 0.5), 5)
    cell = (np.linspace(0, DAYS, N, endpoint=False) // 7).astype(int) * 16 + zone
    others = (np.bincount(cell, treated)[cell] - treated) / np.maximum(np.bincount(cell)[cell] - 1, 1)
    checks = found(Client(0.5), by_place(treated, 16), treated, chance(0.7 + spilled * others), zone=zone)
    assert checks["spill_over"].verdict == verdict
    if spilled:
        assert checks["spill_over"].estimate == pytest.approx(spilled, abs=0.15)


@pytest.mark.parametrize(("taken", "verdict"), [(0.0, "fine"), (0.3, "doubtful")])
def test_pros_who_gain_while_the_others_lose_are_found(taken: float, verdict: str) -> None:
    pro = np.arange(N) % 40
    treated = np.arange(40) < 20
    groups = Groups(np.zeros(N), np.ones((1, 1)), treated, DAYS)
    shift = np.where(treated[pro], taken, -taken)
    before = Newcomers(
        np.zeros(N, np.int64), np.zeros(N, np.int64), np.linspace(0, DAYS, N, endpoint=False), pro, chance(np.full(N, 0.4), 7) * 1.0
    )
    checks = found(Pro(0.5), groups, treated, chance(0.4 + shift), pro=pro, before=before)
    assert checks["treated_since_before"].verdict == checks["control_since_before"].verdict == verdict
    assert checks["treated_since_before"].estimate == pytest.approx(taken, abs=0.06)


def test_the_share_of_a_rollout_is_that_of_its_stages() -> None:
    # .2 for 140 days, then .6: 40 % of all, as many as were drawn
    stage = (np.linspace(0, DAYS, N, endpoint=False) // 140).astype(int)
    treated = chance(np.array([0.2, 0.6])[stage], 9)
    groups = Groups(np.where(treated, 0.0, 0.75), np.full((1, 2), 0.5), np.ones(1, bool), 140.0)
    ratio = found(Staged((0.2, 0.6), 140.0), groups, treated, chance(np.full(N, 0.3)))["sample_ratio"]
    assert (ratio.verdict, float(ratio.about)) == ("fine", pytest.approx(0.4))
    # in the second stage nobody was added
    late = found(Staged((0.2, 0.8), 140.0), groups, treated, chance(np.full(N, 0.3)))["sample_ratio"]
    assert late.verdict == "broken"


def test_a_share_that_is_ramped_up_is_meant_so() -> None:
    # a quarter in the first week, half in all others
    day = np.linspace(0, DAYS, N, endpoint=False)
    treated = chance(np.where(day < 7, 0.25, 0.5), 11)
    groups = Groups(np.where(treated, 0.0, 0.75), np.full((1, 40), 0.5), np.ones(1, bool), 7.0)
    ratio = found(Client(0.5, 7.0), groups, treated, chance(np.full(N, 0.3)))["sample_ratio"]
    assert (ratio.verdict, float(ratio.about)) == ("fine", pytest.approx((0.25 + 39 * 0.5) / 40, abs=1e-4))


def test_what_too_few_periods_cannot_tell_is_left_open() -> None:
    groups = Groups(np.zeros(60), np.array([[1.0, 0.0]]), np.ones(1, bool), 140.0)
    checks = found(Switchback(0.5, 140.0, True, 0.0), groups, [1, 0], chance(np.full(60, 0.4)))
    assert {checks[name].verdict for name in ("balance", "settling", "carry_over")} == {"unknown"}
    cells = Groups(np.zeros(60), np.array([[1.0], [0.0]]), np.ones(1, bool), DAYS)
    checks = found(ZoneSwitchback(0.5, DAYS, True, 0.0), cells, [1, 0], chance(np.full(60, 0.4)), zone=np.arange(60) % 2)
    assert {checks[name].verdict for name in ("balance", "settling", "spill_over")} == {"unknown"}


def test_before_and_after_has_no_groups_to_check() -> None:
    groups = Groups(np.zeros(60), np.array([[0.0, 1.0]]), np.ones(1, bool), 140.0)
    assert found(Staged((0.0, 1.0), 140.0), groups, [0, 1], chance(np.full(60, 0.4))) == {}
