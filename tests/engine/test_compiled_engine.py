"""The compiled engine against the reference engine: the same log, row for row and bit for bit."""

import heapq
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.arrays import Floats, Ints
from sim.config import Market
from sim.engine import compiled_engine
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import simulate
from sim.log import TABLES, RunLog
from sim.views import ProView
from tests.markets import arm, arms, market
from tests.programmes.presets import preset

ARMS = ("uniform", "rating", "wecasa_2022", "wecasa_2025", "cleaning_score", "oracle", "oracle_proportional")


def differing_columns(one: RunLog, other: RunLog) -> list[str]:
    """Columns that are not equal to the bit; tables of different columns or lengths included."""
    wrong = []
    for table in TABLES:
        left, right = getattr(one, table), getattr(other, table)
        if list(left) != list(right):
            wrong.append(table)
            continue
        wrong += [
            f"{table}.{name}"
            for name in left
            if left[name].dtype != right[name].dtype or left[name].tobytes() != right[name].tobytes()
        ]
    return wrong


def both(world: Market, policy: Arm, seed: int = 1) -> tuple[RunLog, RunLog]:
    compiled, reference = (simulate(world, policy, seed, 0, engine) for engine in ("compiled", "simpy"))
    return compiled, reference


def changed(world: Market, **sections: dict[str, Any]) -> Market:
    """A validated market with some keys of some sections changed; ``top`` holds keys of the market itself."""
    values = world.model_dump()
    for name, keys in sections.items():
        target = values if name == "top" else values[name]
        target.update(keys)
    return Market.model_validate(values)


SHARE = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
RARE = st.sampled_from([0.0, 0.0, 0.1, 0.5])
LISTS = st.fixed_dictionaries(
    {
        "mixed_share": SHARE,
        "size": st.sampled_from([1, 3, 100]),
        "prior_stars": st.just(4.3),
        "prior_ratings": st.sampled_from([0.0, 5.0]),
        "stars": st.sampled_from([0.0, 1.0, 1000.0]),
        "price": st.sampled_from([0.0, 2.0]),
        "position": st.sampled_from([0.0, 1.0, 1000.0]),
        "position_form": st.sampled_from(["log", "linear"]),
        "outside": st.sampled_from([None, -1000.0, 0.0, 2.0]),
    }
)
WORLDS = st.fixed_dictionaries(
    {
        "top": st.fixed_dictionaries(
            {
                "horizon_days": st.integers(20, 90),
                "warmup_days": st.just(0),
                "zones": st.integers(1, 3),
                "refresh_weekday": st.integers(0, 6),
                "log_offers": st.booleans(),
                "log_choices": st.booleans(),
            }
        ),
        "clients": st.fixed_dictionaries(
            {
                "arrivals_per_day": st.sampled_from([0.5, 4.0, 15.0]),
                "one_time_share": SHARE,
                "rate_scale_per_day": st.sampled_from([0.01, 0.5, 50.0]),
                "gap_shape": st.sampled_from([0.3, 1.0, 4.0]),
                "gap_shape_log_sd": st.sampled_from([0.0, 0.0, 0.7, 1.5]),
                "lapse_share": RARE,
                "lapse_gaps": st.sampled_from([0.5, 3.0]),
                "dropout_after_first": st.booleans(),
                "flexible_share": SHARE,
                "other_service_share": SHARE,
                "taste_mean": st.sampled_from([0.3, 0.9, 1.0]),
                "leakage": st.fixed_dictionaries({"share_per_session": RARE, "from_session": st.integers(1, 3)}),
                "competitors": st.fixed_dictionaries({"hazard_per_idle_month": st.sampled_from([0.0, 0.0, 0.5, 5.0])}),
            }
        ),
        "pros": st.fixed_dictionaries(
            {
                "n": st.integers(1, 15),
                "share_at_start": SHARE,
                "cancellation_share": st.sampled_from([0.0, 0.3, 0.8]),
                "acceptance_share": st.sampled_from([0.1, 0.7, 1.0]),
                "answer_minutes": st.sampled_from([0.0, 20.0, 300.0]),
                "zones_per_pro": st.just(1),
                "price_log_sd": st.sampled_from([0.0, 0.3]),
                "open_all_hours": st.booleans(),
                "adapting": st.fixed_dictionaries(
                    {
                        "enabled": st.booleans(),
                        "incentive_strength": st.sampled_from([0.0, 1.0, 10.0]),
                        "lag_weeks": st.sampled_from([1.0, 3.0]),
                        "full_effort_sd": st.sampled_from([0.0, 2.0]),
                    }
                ),
                "entering": st.fixed_dictionaries(
                    {
                        "enabled": st.booleans(),
                        "reservation_sessions_per_week": st.sampled_from([0.1, 4.0]),
                        "reservation_log_sd": st.sampled_from([0.0, 1.0]),
                        "established_share": SHARE,
                        "similarity_sd": st.sampled_from([0.01, 1.0]),
                    }
                ),
                "selecting": st.fixed_dictionaries(
                    {
                        "enabled": st.booleans(),
                        "incentive_strength": st.sampled_from([1.0, 10.0]),
                        "lag_weeks": st.sampled_from([1.0, 3.0]),
                        "refusal_logit": st.sampled_from([0.0, 3.0]),
                        "cancellation_logit": st.sampled_from([0.0, 3.0]),
                    }
                ),
                "learning": st.fixed_dictionaries(
                    {"enabled": st.booleans(), "gain_sd": st.sampled_from([0.0, 2.0]), "sessions": st.sampled_from([0.1, 10.0])}
                ),
                "drift": st.fixed_dictionaries(
                    {"enabled": st.booleans(), "share": SHARE, "half_life_weeks": st.sampled_from([0.01, 3.0])}
                ),
                "tiring": st.fixed_dictionaries(
                    {
                        "enabled": st.booleans(),
                        "loss_sd": st.sampled_from([0.0, 2.0]),
                        "full_sessions_per_week": st.sampled_from([0.5, 20.0]),
                        "lag_weeks": st.sampled_from([1.0, 3.0]),
                    }
                ),
            }
        ),
        "requests": st.fixed_dictionaries(
            {
                "lead_min_hours": st.sampled_from([0.0, 2.0, 30.0]),
                "lead_mean_hours": st.sampled_from([0.0, 10.0, 60.0]),
                "start_weekday_weights": st.sampled_from([None, (1, 2, 0, 1, 3, 0, 0), (0, 0, 0, 0, 1, 0, 0)]),
                "offer_order": st.sampled_from(["sampled", "ranked", "broadcast"]),
                "mode": st.sampled_from(["dispatch", "list", "mixed"]),
                "list": LISTS,
                "max_offers": st.integers(1, 6),
                "patience_hours": st.sampled_from([0.5, 12.0]),
                "propose_share": SHARE,
                "proposal_acceptance_share": SHARE,
                "favourite_asked_share": SHARE,
                "redispatch_min_hours": st.sampled_from([0.0, 3.0]),
                "max_attempts": st.integers(1, 5),
            }
        ),
        "sessions": st.fixed_dictionaries(
            {
                "client_cancellation_share": st.sampled_from([0.0, 0.2]),
                "no_show_share": st.sampled_from([0.0, 0.3]),
                "pair_share": st.sampled_from([0.0, 0.5, 1.0]),
            }
        ),
    }
)


ACQUISITION = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["fixed", "reinvest"]),
        "launch_months": st.integers(1, 2),
        "launch_share": st.sampled_from([0.2, 1.0]),
        "reinvested_share": SHARE,
        "trailing_months": st.integers(1, 3),
        "floor_share": st.sampled_from([0.01, 0.2]),
    }
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(keys=WORLDS, acquisition=ACQUISITION, name=st.sampled_from(ARMS), leaving=st.booleans(), seed=st.integers(0, 2**31))
def test_both_engines_write_the_same_log_in_random_worlds(
    keys: dict[str, Any], acquisition: dict[str, Any], name: str, leaving: bool, seed: int
) -> None:
    # a launch of up to two months must end before the run does
    acquisition = acquisition if keys["top"]["horizon_days"] > 61 else {"mode": "fixed"}
    if keys["requests"]["mode"] == "list" and keys["requests"]["offer_order"] == "broadcast":
        keys["requests"]["offer_order"] = "sampled"  # the two exclude each other
    keys["top"]["log_choices"] &= keys["requests"]["mode"] != "list"
    world = changed(market(preset="personal_care"), **keys, acquisition=acquisition)
    habits = {"enabled": leaving, "min_sessions_per_week": 2.0, "patience_weeks_min": 0.0, "patience_weeks_mean": 2.0}
    world = changed(world, pros={"leaving": world.pros.leaving.model_dump() | habits})
    policy = arm(name, "score.min_sessions=1", "score.rebook_days=10", "score.lookback_days=20", "score.min_clients_behind=1")
    compiled, reference = both(world, policy, seed)
    assert not differing_columns(compiled, reference)


@pytest.mark.parametrize("preset", ["personal_care", "minimal"])
def test_both_engines_write_the_same_log_at_a_larger_size(preset: str) -> None:
    for policy in arms(*ARMS).values():
        compiled, reference = both(
            market("horizon_days=500", "clients.arrivals_per_day=8", "warmup_days=100", preset=preset), policy
        )
        assert len(reference.bookings["client"]) > 5000
        assert not differing_columns(compiled, reference)


EVERYTHING = (
    "acquisition.mode=reinvest",
    "acquisition.launch_months=10",
    "acquisition.launch_share=1",
    "clients.leakage.share_per_session=.1",
    "clients.competitors.hazard_per_idle_month=.1",
    "pros.adapting={enabled: true, incentive_strength: 2, lag_weeks: 4, full_effort_sd: 1}",
    "pros.price_log_sd=.2",
    "requests.mode=mixed",
    "pros.entering.enabled=true",
    "pros.selecting={enabled: true, incentive_strength: 2, lag_weeks: 4, refusal_logit: 2, cancellation_logit: 1}",
    "pros.learning={enabled: true, gain_sd: 1, sessions: 10}",
    "pros.drift={enabled: true, share: 0.5, half_life_weeks: 10}",
    "pros.tiring={enabled: true, loss_sd: 1, full_sessions_per_week: 10, lag_weeks: 4}",
    "sessions.pair_share=.3",
)


def test_both_engines_write_the_same_log_when_everything_reacts_to_everything() -> None:
    small = ("horizon_days=500", "clients.arrivals_per_day=12", "warmup_days=100", "pros.n=60", *EVERYTHING)
    for name in ("wecasa_2025", "cleaning_score"):
        quick = ("score.min_sessions=5", "score.rebook_days=60", "score.lookback_days=120", "score.min_clients_behind=1")
        policy = arm(name, *quick)
        compiled, reference = both(market(*small, preset="personal_care"), policy)
        # each of the dynamics does something
        assert 0 < len(compiled.clients["client"]) <= compiled.clients["client"][-1]
        assert len(np.unique(compiled.months["share"])) > 5
        truth = compiled.truth_clients
        assert min(np.isfinite(truth["private_days"]).sum(), np.isfinite(truth["lost_days"]).sum()) > 50
        assert (compiled.truth_pros["effort"] > 0.1).sum() > 10
        assert (compiled.truth_pros["reluctance"] > 0.1).sum() > 10
        assert 0 < np.isnan(compiled.pros["joined_days"]).sum() < 30
        moved = compiled.truth_of_scores() - compiled.truth_pros["return_propensity"][compiled.scores["pro"]]
        assert np.abs(moved).max() > 0.05
        assert np.isfinite(compiled.pros["left_days"]).sum() > 0
        assert not differing_columns(compiled, reference)


def test_the_comparison_would_notice_one_wrong_bit() -> None:
    world = market("horizon_days=30", "clients.arrivals_per_day=5")
    one, other = both(world, arm("uniform"))
    other.bookings["propensity"][3] = np.nextafter(other.bookings["propensity"][3], 2.0)
    assert differing_columns(one, other) == ["bookings.propensity"]


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=60), st.data())
def test_the_heap_gives_events_in_order_as_the_library_s_does(events: list[int], data: st.DataObject) -> None:
    ours, theirs, n = np.zeros(len(events), np.int64), [], 0
    for event in events:
        compiled_engine.push(ours, n, event)
        heapq.heappush(theirs, event)
        n += 1
        if data.draw(st.booleans()):
            assert ours[0] == heapq.heappop(theirs)
            compiled_engine.pop(ours, n)
            n -= 1
    while n:
        assert ours[0] == heapq.heappop(theirs)
        compiled_engine.pop(ours, n)
        n -= 1


def test_a_log_that_outgrows_its_room_is_the_same() -> None:
    # needs every hour: far more requests than the two a client that there is room for at first
    world = market("horizon_days=20", "clients.arrivals_per_day=40", "clients.one_time_share=0", "clients.rate_scale_per_day=8",
                   "clients.taste_mean=0.99", "requests.lead_mean_hours=0", "log_offers=true", "log_choices=true")  # fmt: skip
    compiled, reference = both(world, arm("uniform"))
    assert len(compiled.bookings["client"]) > 5 * len(compiled.clients["client"])
    assert not differing_columns(compiled, reference)


@dataclass(frozen=True)
class PerRequest:
    """Weighs every request."""

    def weights(self, request: Any, candidates: Ints, pros: ProView) -> Floats:
        return np.ones(len(candidates))


def test_a_per_request_policy_is_refused_with_what_to_do() -> None:
    policy = Arm("mine", arm("uniform").score, PerRequest())
    with pytest.raises(PolicyError, match=r"engine = 'compiled', must be simpy for PerRequest.*set engine=simpy"):
        simulate(market("horizon_days=10"), policy, 1)
    assert len(simulate(market("horizon_days=10"), policy, 1, engine="simpy").bookings["client"]) > 0


QUICK = ("score.min_sessions=1", "score.rebook_days=10", "score.lookback_days=20", "score.min_clients_behind=1")


def reacting() -> Market:
    """Two months of six pros in a market in which everything reacts: short enough for plain Python."""
    return market(
        "horizon_days=62", "warmup_days=5", "clients.arrivals_per_day=6", "pros.n=6", *EVERYTHING,
        "acquisition.launch_months=1", preset="personal_care",
    )  # fmt: skip


def loyal() -> Arm:
    """Today's rule, with every kind of programme."""
    kinds = ("points", "tiers", "recovery", "outreach", "recognition", "referral")
    return replace(arm("wecasa_2025", *QUICK), programmes=tuple(preset(kind) for kind in kinds))


WITHOUT_COMPILER = """
from sim.jit import JIT_DISABLED
from tests.engine.test_compiled_engine import loyal, reacting
from sim.engine.run import simulate

assert JIT_DISABLED
for engine in ("compiled", "simpy"):
    print(simulate(reacting(), loyal(), 5, 0, engine).digest())
"""


def test_without_compilation_both_engines_write_the_same_log_too() -> None:
    # a run so short that not every seed has a bit of everything
    log = simulate(reacting(), loyal(), 5)
    assert min(len(log.ledger["client"]), len(log.spend["client"])) > 10
    assert log.truth_pros["effort"].max() > 0
    assert np.ptp(log.truth_refreshes["return_propensity"][log.truth_refreshes["pro"] == 0]) > 0.01
    assert len(set(log.months["share"])) > 1
    assert log.bookings["list_position"].max() > 1
    expected = log.digest()
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_COMPILER], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [expected, expected]
