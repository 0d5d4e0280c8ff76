"""Whole runs: the same to the byte for the same key, common random numbers between policies, and effects in the right direction."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim import rules
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.jit import JIT_DISABLED
from sim.log import TABLES, RunLog
from tests.engine.units import slots
from tests.markets import arm, arms, market, run

SEED = 11
ROOT = Path(__file__).resolve().parents[2]


def small(*more: str) -> Market:
    """The default market in miniature: 24 pros in three zones, two years, 4 new clients a day."""
    return market(
        "horizon_days=600",
        "warmup_days=250",
        "zones=3",
        "pros.zones_per_pro=2",
        "pros.n=24",
        "clients.arrivals_per_day=4.0",
        *more,
        preset="personal_care",
    )


def differing_columns(one: RunLog, other: RunLog) -> set[str]:
    """Columns, as ``table.name``, in which two logs differ in any value, length or type."""
    different = set()
    for table in TABLES:
        columns, others = getattr(one, table), getattr(other, table)
        assert list(columns) == list(others)
        for name in columns:
            a, b = columns[name], others[name]
            if a.dtype != b.dtype or a.tobytes() != b.tobytes():
                different.add(f"{table}.{name}")
    return different


def saved_bytes(log: RunLog, folder: Path) -> dict[str, str]:
    """Digest of each Parquet file of a log."""
    folder.mkdir()
    log.save(folder)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


# ---- the same key, the same bytes


def test_the_same_key_gives_the_same_log_and_files_twice_in_one_process(tmp_path: Path) -> None:
    world, policy = small("log_offers=true"), arm("wecasa_2025", "score.min_sessions=5")
    first, second = simulate(world, policy, SEED, 2), simulate(world, policy, SEED, 2)
    assert first.digest() == second.digest()
    files = saved_bytes(first, tmp_path / "first")
    assert files == saved_bytes(second, tmp_path / "second")
    # months has no columns when acquisition is fixed, truth_refreshes when quality stays, those of programmes without
    # any, choices unless kept
    absent = ("months", "truth_refreshes", "spend", "ledger", "choices")
    assert list(files) == sorted(f"{table}.parquet" for table in TABLES if table not in absent)


ELSEWHERE = """
import sys
from pathlib import Path
from tests.engine.test_run import SEED, saved_bytes, small
from tests.markets import arm, run
log = run(small("log_offers=true"), arm("wecasa_2025", "score.min_sessions=5"), SEED, 2)
print(log.digest(), *saved_bytes(log, Path(sys.argv[1])).values())
"""


def test_other_processes_with_other_hash_seeds_write_the_same_bytes(tmp_path: Path) -> None:
    log = run(small("log_offers=true"), arm("wecasa_2025", "score.min_sessions=5"), SEED, 2)
    expected = [log.digest(), *saved_bytes(log, tmp_path / "here").values()]
    for hash_seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / hash_seed)]
        answer = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
        assert answer.stdout.split() == expected


INTERPRETED = """
from tests.engine.test_run import SEED, tiny, tiny_policy
from tests.markets import run
log = run(tiny(), tiny_policy(), SEED)
print(log.digest(), len(log.bookings["pro"]), int(log.scores["counted"].sum()))
"""


def tiny() -> Market:
    """Four months of eight pros: short enough for plain Python."""
    return small("horizon_days=120", "warmup_days=0", "pros.n=8", "log_offers=true")


def tiny_policy() -> Arm:
    """A fidelity score that counts within that time."""
    short = ("min_sessions=2", "min_clients_behind=1", "rebook_days=30", "lookback_days=30")
    return arm("wecasa_2025", *(f"score.{line}" for line in short))


def test_without_compilation_the_log_is_the_same() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "0" if JIT_DISABLED else "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", INTERPRETED]
    answer = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    digest, bookings, counted = answer.stdout.split()
    assert digest == run(tiny(), tiny_policy(), SEED).digest()
    assert int(bookings) > 300
    assert int(counted) > 20


def test_another_seed_or_replication_is_another_world() -> None:
    policy = arm("uniform")
    logs = [run(small(), policy, seed, replication) for seed, replication in ((1, 0), (1, 1), (2, 0))]
    assert len({log.digest() for log in logs}) == 3
    for table, column in (("clients", "arrival_days"), ("truth_clients", "rate_per_day"), ("truth_pros", "skill")):
        assert len({getattr(log, table)[column][:20].tobytes() for log in logs}) == 3


# ---- policies that amount to uniform


@pytest.mark.parametrize(
    "override", ["allocator.strength=0", "score.min_sessions=1000000", "score.min_clients_behind=1000000", "score.rebook_days=5000"]
)
def test_strength_zero_and_a_threshold_never_reached_equal_uniform_exactly(override: str) -> None:
    world = small()
    uniform, other = run(world, arm("uniform"), SEED), run(world, arm("wecasa_2025", override), SEED)
    # the scores themselves may differ, since their parameters do; what the policy does with them does not
    assert differing_columns(uniform, other) <= {
        f"scores.{name}" for name in ("value", "counted", "clients_behind", "standard_error")
    }
    if override.startswith("score."):
        same_score = arms("uniform", "wecasa_2025", overrides=[override])
        digests = {run(world, policy, SEED).digest() for policy in same_score.values()}
        assert len(digests) == 1
    else:
        assert uniform.digest() == other.digest()


def test_the_same_market_does_tell_the_studied_policy_from_uniform() -> None:
    uniform, studied = run(small(), arm("uniform"), SEED), run(small(), arm("wecasa_2025"), SEED)
    assert "bookings.pro" in differing_columns(uniform, studied)
    assert studied.scores["counted"].mean() > 0.1


# ---- common random numbers


def test_every_policy_meets_the_same_clients_with_the_same_needs_wishes_and_pros() -> None:
    # slots are never moved, so the start in the log is the one that the client wanted
    world = small("clients.flexible_share=0", "requests.propose_share=0")
    logs = [run(world, arm(name), SEED) for name in ("uniform", "wecasa_2025", "oracle")]
    people = {"clients", "truth_clients", "truth_pros"}
    for other in logs[1:]:
        assert not {name for name in differing_columns(logs[0], other) if name.split(".")[0] in people}
        mine, theirs = logs[0].bookings, other.bookings
        keys = [table["client"] * 10_000 + table["need"] for table in (mine, theirs)]
        shared, rows, others = np.intersect1d(*keys, assume_unique=True, return_indices=True)
        assert len(shared) > len(logs[0].clients["client"]) * 1.4, "later needs are shared too, not only first ones"
        np.testing.assert_array_equal(mine["need_days"][rows], theirs["need_days"][others])
        # a need that arose during a request waited for its end, which depends on the policy; all others are asked at the same tick
        same_time = mine["request_days"][rows] == theirs["request_days"][others]
        assert same_time.mean() > 0.95
        np.testing.assert_array_equal(
            slots(mine["start_days"][rows[same_time]]), slots(theirs["start_days"][others[same_time]]), "wanted start"
        )
        assert (mine["pro"][rows] != theirs["pro"][others]).mean() > 0.02, "the policies do choose other pros"


def test_the_same_pro_gives_the_same_session_under_every_policy() -> None:
    one, other = (run(small(), arm(name), SEED) for name in ("uniform", "wecasa_2025"))
    seen = []
    for log in (one, other):
        done = log.bookings["outcome"] == rules.COMPLETED
        who = zip(*(log.bookings[name][done].tolist() for name in ("client", "need", "cancellations_by_pros", "pro")), strict=True)
        what = zip(*(log.bookings[name][done].tolist() for name in ("minutes_late", "rating", "survey")), strict=True)
        seen.append(dict(zip(who, what, strict=True)))
    shared = seen[0].keys() & seen[1].keys()
    assert len(shared) > 500
    assert all(seen[0][key] == seen[1][key] for key in shared)


def test_nearly_the_same_policy_chooses_the_same_pro() -> None:
    weak, strong = (run(small(), arm("wecasa_2025", f"allocator.strength={strength}"), SEED).bookings for strength in (1.0, 1.2))
    keys = [table["client"] * 10_000 + table["need"] for table in (weak, strong)]
    _, rows, others = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    scored = weak["request_days"][rows] > 300
    same = (weak["pro"][rows] == strong["pro"][others])[scored]
    # scores of .5 to 1.5 times the average change their weights by a tenth at most, and each race is keyed by client, need and pro
    assert scored.sum() > 3000
    assert 0.97 < same.mean() < 1


def second_booking_share(log: RunLog) -> float:
    """Share of clients who were assigned a second booking within 183 days of their first request.

    Clients count who first asked after the warm-up and 183 days or more before the end.
    """
    bookings, n = log.bookings, len(log.clients["client"])
    first = log.clients["arrival_days"]
    in_time = bookings["assigned_days"] - first[bookings["client"]] <= 183
    assigned = np.bincount(bookings["client"][in_time], minlength=n)
    cohort = (first >= log.facts["warmup_days"]) & (first <= log.facts["horizon_days"] - 183)
    return float((assigned >= 2)[cohort].mean())


def test_common_random_numbers_cut_the_variance_of_a_difference_to_a_tenth_or_less() -> None:
    world = market(
        "horizon_days=730",
        "warmup_days=300",
        "zones=4",
        "pros.zones_per_pro=3",
        "pros.n=40",
        "clients.arrivals_per_day=5.0",
        preset="personal_care",
    )
    policies = [arm("wecasa_2025", f"allocator.strength={strength}") for strength in (1.0, 1.2)]
    weak, strong = (np.array([second_booking_share(simulate(world, policy, 1, i)) for i in range(10)]) for policy in policies)
    difference = strong - weak
    assert (difference != 0).sum() >= 5, "the two arms are not the same policy"
    # with independent seeds the variance of the difference would be the sum of both; measured ratio about .003
    ratio = difference.var(ddof=1) / (weak.var(ddof=1) + strong.var(ddof=1))
    assert ratio <= 0.1, ratio


# ---- directions


def test_more_lateness_makes_fewer_clients_return() -> None:
    # many pros, so that the same pro is free in both worlds; lateness then only ever turns a stay into a leave
    worlds = [market("horizon_days=300", "clients.arrivals_per_day=10", f"pros.late_share={share}") for share in (0.1, 0.3)]
    punctual, late = (run(world, arm("uniform"), SEED) for world in worlds)
    assert second_booking_share(late) < second_booking_share(punctual) - 0.01
    # clients arrive in order of their number, so their first requests line up
    columns = [
        {name: log.bookings[name][log.bookings["need"] == 0] for name in ("client", "pro", "stays")} for log in (punctual, late)
    ]
    np.testing.assert_array_equal(columns[0]["client"], columns[1]["client"])
    same_pro = columns[0]["pro"] == columns[1]["pro"]
    before, after = (column["stays"][same_pro] for column in columns)
    assert len(before) > 2500
    assert not (after & ~before).any(), "nobody stays because of a late pro"
    assert (before & ~after).sum() > 20


def test_more_pros_leave_fewer_requests_unfilled() -> None:
    for replication in range(3):
        logs = [
            run(small(f"pros.n={n}", "pros.share_at_start=1", "pros.leaving.enabled=false"), arm("uniform"), SEED, replication)
            for n in (12, 24, 48)
        ]
        unfilled = [(log.bookings["outcome"] == rules.UNFILLED).mean() for log in logs]
        assert unfilled[0] > unfilled[1] + 0.02 > unfilled[2] + 0.04
        # the first 12 pros are the same people in each
        np.testing.assert_array_equal(logs[0].truth_pros["skill"], logs[2].truth_pros["skill"][:12])


@pytest.mark.parametrize(
    ("overrides", "effect"),
    [
        (("pros.cancellation_share=.02", "pros.cancellation_share=.3"), -1),
        (("clients.one_time_share=.3", "clients.one_time_share=.7"), -1),
        (("clients.taste_mean=.5", "clients.taste_mean=.9"), 1),
        (("pros.acceptance_share=.4", "pros.acceptance_share=.9"), 1),
        (("stay.unfilled=-3", "stay.unfilled=3"), 1),
        (("clients.leakage.share_per_session=0", "clients.leakage.share_per_session=.2"), -1),
        (("clients.competitors.hazard_per_idle_month=0", "clients.competitors.hazard_per_idle_month=.2"), -1),
    ],
)
def test_what_disappoints_clients_makes_fewer_return(overrides: tuple[str, str], effect: int) -> None:
    worlds = [small("pros.share_at_start=1", "requests.max_attempts=1", line) for line in overrides]
    low, high = (second_booking_share(run(world, arm("uniform"), SEED)) for world in worlds)
    assert effect * (high - low) > 0.01


def test_leakage_lowers_the_score_without_any_lack_of_quality() -> None:
    policy = arm("uniform", "score.rebook_days=60", "score.lookback_days=180", "score.min_clients_behind=20")
    logs = [
        run(small(f"clients.leakage={{share_per_session: {share}, from_session: {start}}}"), policy, SEED)
        for share, start in ((0, 1), (0.3, 1), (0.3, 2))
    ]

    def mean_score(log: RunLog) -> float:
        late = (log.scores["refresh_days"] > 400) & (log.scores["clients_behind"] >= 20)
        return float(log.scores["value"][late].mean())

    none, from_first, from_second = (mean_score(log) for log in logs)
    for log in logs[1:]:
        np.testing.assert_array_equal(log.truth_pros["return_propensity"], logs[0].truth_pros["return_propensity"])
        assert set(log.truth_clients) - set(logs[0].truth_clients) == {"private_days", "private_pro", "lost_days"}
    # three in ten of those who would have come back do not
    assert from_first < 0.85 * none
    # who goes private after the second session has come back once already, which is all that this score sees
    assert abs(from_second - none) < 0.02
    sessions = [int((log.bookings["outcome"] == rules.COMPLETED).sum()) for log in logs]
    assert sessions[0] > 1.1 * sessions[2]
