from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytest

from sim import rules
from sim.arrays import Floats
from sim.config import ConfigError, Market
from sim.designs.base import Design
from sim.designs.client import Client
from sim.designs.counterfactual import Counterfactual
from sim.designs.pro import Pro
from sim.designs.staged import Staged
from sim.designs.switchback import Switchback
from sim.designs.two_sided import TwoSided
from sim.designs.zone import Zone
from sim.designs.zone_switchback import ZoneSwitchback
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.engine.trial import Novelty, Trial
from sim.log import TABLES, RunLog
from sim.views import History, ProView, ScoreTable
from tests.markets import arm, market, run

SEED = 5
DESIGNS: dict[str, Design] = {
    "client": Client(0.5),
    "pro": Pro(0.5),
    "counterfactual": Counterfactual(0.5),
    "two_sided": TwoSided(0.5, 0.5),
    "zone": Zone(0.5),
    "switchback": Switchback(0.5, 7.0, True, 0.0),
    "zone_switchback": ZoneSwitchback(0.5, 2.5, False, 0.0),
    "staged": Staged((0.1, 0.5, 1.0), 30.0),
    "before_after": Staged((0.0, 1.0), 60.0),
}
every_design = pytest.mark.parametrize("name", DESIGNS)
START, DAYS = 100.0, 150.0


def small(*more: str) -> Market:
    """Ten months of 24 pros in three zones."""
    lines = (
        "horizon_days=300",
        "warmup_days=100",
        "zones=3",
        "pros.zones_per_pro=2",
        "pros.n=24",
        "log_offers=true",
        "log_choices=true",
    )
    return market(*lines, "clients.arrivals_per_day=6", *more, preset="personal_care")


def strict() -> Arm:
    """The best true pro first, always."""
    return arm("oracle")


def weighted() -> Arm:
    """A score that counts soon, drawn by weight."""
    return arm("wecasa_2025", *(f"score.{line}" for line in ("min_sessions=2", "rebook_days=30", "lookback_days=60")))


@cache
def tried(name: str, control: Arm, treated: Arm, scores: Any = "shared", engine: Any = "compiled") -> tuple[Trial, RunLog]:
    trial = Trial(treated, DESIGNS[name], START, DAYS, scores, seed_of_split=3)
    return trial, simulate(small(), control, SEED, 1, engine, trial=trial)


def assigned_by_weight(log: RunLog, group: int) -> np.ndarray:
    """Rows booked, and not by way of a favourite; after a cancellation too late to look further the pro may have been one."""
    bookings = log.bookings
    by_weight = (bookings["pro"] >= 0) & ~bookings["favourite_booked"] & (bookings["cancellations_by_pros"] == 0)
    return by_weight & (bookings["group"] == group)


# ---- the same bytes


@every_design
def test_an_experiment_with_two_equal_arms_has_the_bytes_of_the_plain_run(name: str) -> None:
    for policy in (weighted(), strict()):
        _, log = tried(name, policy, policy)
        plain = run(small(), policy, SEED, 1)
        different = {
            f"{table}.{column}"
            for table in TABLES
            for column, values in getattr(plain, table).items()
            if values.tobytes() != getattr(log, table)[column].tobytes()
        }
        # two orders merged are the same order, by weights that are positions, whose odds nobody knows any more
        assert different == ({"bookings.propensity", "choices.weight"} if name == "counterfactual" else set())
        assert log.scores["treated_value"].tobytes() == log.scores["value"].tobytes()
        assert log.scores["treated_visibility"].tobytes() == log.scores["visibility"].tobytes()


@every_design
@pytest.mark.parametrize("scores", ["shared", "separate"])
def test_both_engines_write_the_same_bytes(name: str, scores: str) -> None:
    # a control drawn by weight against a strict order
    digests = {tried(name, weighted(), strict(), scores, engine)[1].digest() for engine in ("compiled", "simpy")}
    assert len(digests) == 1


def test_lists_and_pros_who_answer_to_visibility_are_the_same_in_both_engines() -> None:
    world = small(
        "log_choices=false",
        "requests.mode=list",
        "pros.adapting={enabled: true, incentive_strength: 2, lag_weeks: 4, full_effort_sd: 0.5}",
    )
    for name in ("counterfactual", "two_sided"):
        trial = Trial(strict(), DESIGNS[name], START, DAYS)
        assert len({simulate(world, weighted(), SEED, 1, engine, trial=trial).digest() for engine in ("compiled", "simpy")}) == 1


def test_without_an_experiment_no_column_is_added() -> None:
    log = run(small(), weighted(), SEED, 1)
    for table, column in (("bookings", "group"), ("bookings", "first_period"), ("clients", "group"), ("pros", "group")):
        assert column not in getattr(log, table)
    assert "treated_value" not in log.scores


# ---- groups


@every_design
def test_groups_told_from_the_log_are_those_of_the_engine(name: str) -> None:
    trial, log = tried(name, weighted(), strict())
    split = trial.split(small(), len(log.clients["client"]), 1)
    bookings = log.bookings
    found = split.of_requests(bookings["client"], bookings["zone"], bookings["request_days"])
    assert found.tolist() == bookings["group"].tolist()
    within = (bookings["request_days"] >= START) & (bookings["request_days"] < START + DAYS)
    assert ((bookings["group"] >= 0) == within).all()
    assert ("group" in log.clients) == (name in ("client", "two_sided", "staged"))
    assert ("group" in log.pros) == (name in ("pro", "two_sided", "counterfactual"))


def test_zones_and_clients_without_a_part_in_it_are_outside_in_log_and_split_alike() -> None:
    trial = Trial(strict(), Client(0.5), START, DAYS, zones=(0, 2), eligible_share=0.6)
    log = simulate(small(), weighted(), SEED, 1, trial=trial)
    bookings, split = log.bookings, trial.split(small(), len(log.clients["client"]), 1)
    found = split.of_requests(bookings["client"], bookings["zone"], bookings["request_days"])
    assert found.tolist() == bookings["group"].tolist()
    within = (bookings["request_days"] >= START) & (bookings["request_days"] < START + DAYS)
    assert (found[within & (bookings["zone"] == 1)] == -1).all()
    asked = found[within & (bookings["zone"] != 1)] >= 0
    # of some 600 requests of 300 clients: a standard error of about .03
    assert asked.mean() == pytest.approx(0.6, abs=0.12)
    assert len({simulate(small(), weighted(), SEED, 1, engine, trial=trial).digest() for engine in ("compiled", "simpy")}) == 1


def test_a_treatment_that_wears_off_is_the_same_in_both_engines_and_one_that_lasts_changes_nothing() -> None:
    lasting, fading = (
        Trial(strict(), Client(0.5), START, DAYS, seed_of_split=3, novelty=Novelty(share, 10.0)) for share in (1.0, 0.1)
    )
    assert simulate(small(), weighted(), SEED, 1, trial=lasting).digest() == tried("client", weighted(), strict())[1].digest()
    logs = [simulate(small(), weighted(), SEED, 1, engine, trial=fading) for engine in ("compiled", "simpy")]
    assert logs[0].digest() == logs[1].digest()
    group, days = logs[0].bookings["group"], logs[0].bookings["request_days"]
    late = (days >= START + 60) & (group >= 0)
    # half of the clients, on which it works in .1 + .9 / 2^6 of the requests: .06
    assert group[late].mean() == pytest.approx(0.06, abs=0.05)


def test_the_first_period_is_that_of_the_clients_first_request() -> None:
    _, log = tried("switchback", weighted(), strict())
    bookings = log.bookings
    first: dict[int, float] = {}
    for client, days in zip(bookings["client"].tolist(), bookings["request_days"].tolist(), strict=True):
        first.setdefault(client, days)
    expected = [
        int((first[client] - START) // 7) if START <= first[client] < START + DAYS else -1 for client in bookings["client"].tolist()
    ]
    assert bookings["first_period"].tolist() == expected


def test_the_split_does_not_depend_on_what_is_tried() -> None:
    groups = [tried("client", *arms)[1].clients["group"] for arms in ((weighted(), strict()), (strict(), weighted()))]
    assert groups[0].tolist() == groups[1].tolist()


@dataclass(frozen=True)
class Half:
    """Shows every second pro only."""

    which: int

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return (np.arange(pros.n_pros) % 2 == self.which).astype(float)


@dataclass(frozen=True)
class Strictly(Half):
    offer_order: ClassVar[str] = "ranked"


def halves(kind: type = Half) -> tuple[Arm, Arm]:
    """A control that shows even pros, and a treatment that shows odd ones."""
    score = arm("uniform").score
    return Arm("even", score, Half(0)), Arm("odd", score, kind(1))


@every_design
def test_each_request_is_given_to_whom_its_groups_arm_shows(name: str) -> None:
    control, treated = halves()
    _, log = tried(name, control, treated)
    is_odd = log.bookings["pro"] % 2 == 1
    for group in (-1, 0):
        assert not is_odd[assigned_by_weight(log, group)].any()
    rows = assigned_by_weight(log, 1)
    assert rows.sum() > 100
    of_pro = log.pros["group"][log.bookings["pro"]] if "group" in log.pros else np.ones(len(is_odd), int)
    # odd pros who are treated, even pros who are not
    assert (is_odd == (of_pro == 1))[rows].all()


def test_the_order_of_offers_is_that_of_the_requests_arm() -> None:
    _, log = tried("client", *halves(Strictly))
    propensity = log.bookings["propensity"]
    assert (propensity[assigned_by_weight(log, 1)] == 1.0).all()
    assert (propensity[assigned_by_weight(log, 0)] < 1.0).mean() > 0.5


# ---- scores


@dataclass(frozen=True)
class Seen:
    """How much of the past a score sees: sessions, and new clients."""

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        n = history.n_pros
        clients = np.bincount(history.first_pro, minlength=n)
        return ScoreTable(history.completed_sessions + clients / 1000, np.ones(n, bool), clients)


@pytest.mark.parametrize("name", ["client", "pro", "switchback"])
@pytest.mark.parametrize("scores", ["shared", "separate"])
def test_separate_scores_leave_out_the_other_arms_sessions_and_shared_ones_see_all(name: str, scores: str) -> None:
    control, treated = Arm("even", Seen(), Half(0)), Arm("odd", Seen(), Half(1))
    _, log = tried(name, control, treated, scores)
    bookings, last = log.bookings, log.scores["refresh_days"].max()
    done = (bookings["outcome"] == rules.COMPLETED) & (bookings["closed_days"] <= last)
    group = bookings["group"]
    if "group" in log.pros:
        group = np.where(group == 1, log.pros["group"][bookings["pro"]], group)
    # rows are in order of the request; a client's first session is the completed one that is closed first
    order = np.flatnonzero(done)[np.argsort(bookings["closed_days"][done], kind="stable")]
    firsts = np.zeros(len(done), bool)
    firsts[order[np.unique(bookings["client"][order], return_index=True)[1]]] = True
    row = log.scores["refresh_days"] == last
    for column, other in (("value", 1), ("treated_value", 0)):
        kept = done if scores == "shared" else done & (group != other)
        sessions, clients = (np.bincount(bookings["pro"][kept & which], minlength=24) for which in (done, firsts))
        np.testing.assert_allclose(log.scores[column][row], (sessions + clients / 1000)[log.scores["pro"][row]])


# ---- bad input


@dataclass(frozen=True)
class EveryRequest:
    def weights(self, request: Any, candidates: Any, pros: ProView) -> Floats:
        return np.ones(len(candidates))


def refused(design: Design = DESIGNS["client"], world: Market | None = None, control: Arm | None = None, **changes: Any) -> str:
    try:
        trial = Trial(**{"treated": strict(), "design": design, "start_days": START, "days": DAYS, **changes})
        simulate(world or small(), control or weighted(), SEED, trial=trial)
    except ConfigError as error:
        return str(error)
    return "runs"


def test_an_experiment_that_does_not_fit_the_run_is_refused_with_the_key_and_the_rule() -> None:
    assert refused(start_days=99.0) == "trial.start_days = 99, must be >= warmup_days = 100"
    assert refused(days=201.0) == "trial.days = 201, ends at day 301: must be <= horizon_days = 300"
    assert refused(days=0.0) == "trial.days = 0, must be > 0"
    assert refused(start_days=-1.0) == "trial.start_days = -1, must be >= 0"
    assert refused(scores="own") == "trial.scores = 'own', must be one of shared, separate"
    assert refused(zones=(0, 3)) == "trial.zones = [0, 3], must be zones of the market: 0 to 2"
    assert refused(zones=(1, 1)) == "trial.zones = [1, 1], must be distinct numbers of zones, each >= 0"
    assert refused(eligible_share=0.0) == "trial.eligible_share = 0, must be > 0 and <= 1"
    assert refused(seed_of_split=-1) == "trial.seed_of_split = -1, must be >= 0"


def test_what_wears_off_has_a_share_that_lasts_and_a_half_life() -> None:
    with pytest.raises(ConfigError, match=r"^novelty.lasting_share = 1.2, must be within 0..1$"):
        Novelty(1.2, 7.0)
    with pytest.raises(ConfigError, match=r"^novelty.half_life_days = -1, must be >= 0 and finite$"):
        Novelty(0.5, -1.0)


def test_too_few_units_are_refused_before_anything_is_simulated() -> None:
    one = small("zones=1", "pros.zones_per_pro=1")
    assert refused(DESIGNS["zone"], one).startswith("zones = 1, must be >= 2")
    assert refused(DESIGNS["switchback"], days=7.0).startswith("periods = 1, must be >= 2")


def test_arms_that_an_experiment_cannot_compare_are_refused() -> None:
    each = replace(weighted(), name="each", allocator=EveryRequest())
    assert refused(treated=each).startswith("arm each: EveryRequest weighs every single request, which an experiment cannot mix")
    assert refused(control=each).startswith("arm each: EveryRequest weighs every single request, which an experiment cannot mix")
    points = arm("wecasa_2025_points")
    assert refused(treated=points).startswith("arms wecasa_2025 and wecasa_2025_points have different programmes")
    assert refused(DESIGNS["counterfactual"], small("requests.offer_order=broadcast"), treated=weighted()) == (
        "arm wecasa_2025: offer_order = broadcast, must be sampled or ranked for a design that merges orders"
    )
