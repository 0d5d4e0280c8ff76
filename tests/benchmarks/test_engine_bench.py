"""The benchmark says what it must say and compares like with like; how fast anything is, is never asserted."""

import json
import statistics
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import engine, plain_simpy
from sim.engine.run import simulate

SEEDS = range(1, 13)
CLIENTS, PROS = 2_000, 200


def bookings_per_client(settings: plain_simpy.Settings) -> list[float]:
    """One value a seed, from the plain program."""
    runs = (plain_simpy.simulate(settings, seed) for seed in SEEDS)
    return [len(run.bookings) / len(run.clients) for run in runs]


def standard_error(*samples: list[float]) -> float:
    """Standard error of the difference of two means."""
    return sum(statistics.variance(sample) / len(sample) for sample in samples) ** 0.5


@pytest.fixture(scope="module")
def engine_sample() -> list[float]:
    """Bookings per client of the reference engine on the minimal market, one value a seed."""
    market, arm = engine.engine_inputs("minimal", CLIENTS, PROS)
    logs = (simulate(market, arm, seed=seed) for seed in SEEDS)
    return [len(log.bookings["client"]) / len(log.clients["client"]) for log in logs]


@pytest.fixture(scope="module")
def plain_settings() -> plain_simpy.Settings:
    return plain_simpy.Settings(n_pros=PROS, arrivals_per_day=CLIENTS / plain_simpy.Settings.horizon_days)


def test_a_quick_run_prints_every_row_target_ratio_and_check(tmp_path):
    path = tmp_path / "benchmark.json"
    size = ["--quick", "--clients", "300", "--pros", "20", "--repeat", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine", *size, "--json", str(path)],
        cwd=engine.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "300 clients x 20 pros, median of 1"
    for row in engine.ROWS.values():
        assert sum(line.startswith(f"{row.label}  ") for line in lines) == 1
    for heading, _ in engine.COLUMNS.values():
        assert f" {heading}" in lines[3]
    # a target is for 20,000 x 200
    assert sum(line.endswith("judged at full size only") for line in lines) == len(engine.TARGETS)
    assert sum(line.startswith(("events/s of ", "bookings/s of ")) and " / " in line for line in lines) == len(engine.RATIOS)
    assert sum(line.startswith("bookings per client of ") for line in lines) == len(engine.SAME_MARKET)

    summary = json.loads(path.read_text())
    assert list(summary["rows"]) == list(engine.ROWS)
    assert all(len(row["runs"]) == 1 for row in summary["rows"].values())
    assert all(value > 0 for row in summary["rows"].values() for value in row["median"].values())
    middle = {name: row["median"] for name, row in summary["rows"].items()}
    assert middle["full"]["events"] == middle["bare"]["events"]
    # the bare run has no bookings, and no figure is made up for it
    assert "bookings" not in middle["bare"]


def test_the_two_programs_of_the_minimal_market_have_the_same_bookings_per_client(engine_sample, plain_settings):
    plain = bookings_per_client(plain_settings)
    difference = statistics.fmean(engine_sample) - statistics.fmean(plain)
    assert abs(difference) <= 3 * standard_error(engine_sample, plain)
    # the comparison is sharp: it would see a difference of 10 %
    assert 3 * standard_error(engine_sample, plain) < 0.1 * statistics.fmean(plain)


def test_that_comparison_tells_a_market_with_more_one_time_clients_apart(engine_sample, plain_settings):
    other = bookings_per_client(replace(plain_settings, one_time_share=0.6))
    difference = statistics.fmean(engine_sample) - statistics.fmean(other)
    # one-timers .6 instead of .5 remove a fifth of all bookings after the first
    expected = 0.2 * (statistics.fmean(engine_sample) - 1)
    assert difference > 3 * standard_error(engine_sample, other)
    assert abs(difference - expected) <= 3 * standard_error(engine_sample, other)


def test_the_plain_program_has_the_parameters_of_the_minimal_market_and_the_arm():
    market, arm = engine.engine_inputs("minimal", 27.4 * 730, 200)
    settings = plain_simpy.Settings()
    sections = [
        (market, ["horizon_days", "refresh_weekday"]),
        (market.clients, ["arrivals_per_day", "one_time_share", "rate_shape", "rate_scale_per_day", "taste_mean", "taste_size"]),
        (market.pros, ["late_share", "late_logit_sd"]),
        (market.requests, ["lead_min_hours", "lead_mean_hours", "lead_max_days"]),
        (market.sessions, ["late_from_minutes", "late_extra_mean_minutes", "quality_noise_sd"]),
        (arm.score, ["rebook_days", "lookback_days", "min_sessions", "min_clients_behind"]),
        (arm.allocator, ["strength", "floor", "cap"]),
    ]
    named = {name: getattr(section, name) for section, names in sections for name in names}
    named |= {f"stay_{name}": getattr(market.stay, name) for name in ("skill", "warmth", "advocacy", "late")}
    named |= {"n_pros": market.pros.n, "tolerance_minutes": market.clients.tolerance_min_minutes}
    named["trait_loading"] = market.pros.trait_loadings["punctuality"]
    assert {name: getattr(settings, name) for name in named} == pytest.approx(named)
    assert set(named) == set(vars(settings))
    # what the plain program leaves out is off in the market: it knows no other service, refusal, cancellation or habit
    assert [service.duration_minutes for service in market.services] == [60]
    assert market.clients.gap_shape == 1
    assert market.clients.dropout_after_first
    assert (market.clients.tolerance_mean_minutes, market.pros.cancellation_share, market.pros.acceptance_share) == (0, 0, 1)
    assert (market.sessions.client_cancellation_share, market.sessions.no_show_share, market.stay.per_earlier_session) == (0, 0, 0)
    assert (market.requests.favourite_asked_share, market.stay.unfilled) == (0, 0)
    assert (arm.score.immature, arm.score.credit) == ("left_out", "platform")


def test_the_plain_program_never_books_a_pro_twice_and_leaves_a_request_open_when_all_are_taken():
    # 40 requests a day and more, of an hour each, for one pro: 24 hours cannot hold them
    run = plain_simpy.simulate(plain_simpy.Settings(n_pros=1, arrivals_per_day=40, horizon_days=20), seed=1)
    filled = [booking for booking in run.bookings if booking.pro is not None]
    taken = [slot for booking in filled for slot in (booking.slot, booking.slot + 1)]
    assert len(taken) == len(set(taken)) == len(run.pros[0].booked_slots)
    assert 0 < len(filled) < len(run.bookings)


def test_the_bare_run_passes_exactly_the_events_that_the_engine_processes():
    market, arm = engine.engine_inputs("personal_care", 200, 20)
    recorded = engine.record_events(market, arm, seed=1)
    env = engine.Recording()
    engine.pass_events(env, engine.delays_by_process(recorded["ticks"], recorded["processes"]), recorded["horizon_tick"])
    assert env.processed == recorded["processed"]

    log = simulate(market, arm, seed=1)
    bookings = log.bookings
    closed = np.isfinite(bookings["closed_days"])
    clients = len(log.clients["client"])
    # a client: one start; an event a request, a cancellation by the pro, an end of a request; one end of the process on leaving
    left = int((closed & ~bookings["stays"]).sum())
    of_clients = clients + len(closed) + int(bookings["cancellations_by_pros"].sum()) + int(closed.sum()) + left
    # the platform: starts of refreshes, joins and departures; a refresh on day 0, then one a week; departures and joins; the end
    # of joins; the event that stops the run
    weeks = len(range(market.refresh_weekday, market.horizon_days, 7))
    joins = int((log.pros["joined_days"] > 0).sum())
    assert recorded["processed"] == of_clients + 3 + (1 + weeks) + weeks + joins + 1 + 1


def test_delays_are_grouped_by_process_in_order_of_their_events():
    # process 3 has events at 5 and 9, process -1 at 2 and 2
    delays = engine.delays_by_process(np.array([5, 2, 2, 9]), np.array([3, -1, -1, 3]))
    assert delays == [[2, 0], [5, 4]]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ([2.01, 2.03], [2.0, 2.0], True),  # 1 %, within 5 %
        ([2.4, 2.6], [2.0, 2.0], False),  # 25 %; standard error sqrt(.02 / 2) / 2 = 5 %
        ([2.3, 2.7], [2.0, 2.0], True),  # 25 %; standard error sqrt(.08 / 2) / 2 = 10 %
        ([2.5], [2.0], None),  # 25 %, and nothing to judge it by
    ],
)
def test_programs_differ_when_it_is_more_than_five_percent_and_four_standard_errors(first, second, same):
    assert engine.same_market(first, second)["same"] is same


def test_targets_are_judged_at_full_size_at_their_exact_limits():
    figures = {"bookings_per_s": 20_000.0, "events_per_s": 1.0, "peak_mb": 500.0, "bookings_per_client": 2.0}
    runs = {row: [figures] for row in engine.ROWS}
    full = engine.summarise(runs, engine.FULL)
    # speed must be >= 20,000, memory < 500
    assert [target["met"] for target in full["targets"]] == [True, False]
    assert [target["met"] for target in engine.summarise(runs, engine.QUICK)["targets"]] == [None, None]
    verdicts = [line.rsplit(": ", 1)[1] for line in engine.table(full).splitlines() if "target" in line]
    assert verdicts == ["target met", "target not met"]


def test_ratios_are_medians_of_the_ratios_within_a_repeat():
    runs = {row: [dict.fromkeys(engine.COLUMNS, 1.0) for _ in range(3)] for row in engine.ROWS}
    for run, (above, below) in zip(range(3), [(2.0, 1.0), (30.0, 10.0), (4.0, 1.0)], strict=True):
        runs["minimal"][run]["bookings_per_s"], runs["plain"][run]["bookings_per_s"] = above, below
    # within repeats 2, 3 and 4; the ratio of the medians would be 4 / 1
    assert engine.summarise(runs, engine.QUICK)["ratios"][1]["value"] == 3.0


def test_measured_processes_see_no_chosen_blas_kernel_and_no_switched_off_compiler(monkeypatch):
    seen = {}

    def note_environment(*_, env, **__):
        seen.update(env)
        return SimpleNamespace(returncode=0, stdout="")

    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setattr(engine.subprocess, "run", note_environment)
    engine.in_fresh_process("record", engine.Task("full", 100, 20, 1, "events.npz"))
    assert seen["KEPT"] == "1"
    assert not {"OPENBLAS_CORETYPE", "NUMBA_DISABLE_JIT"} & set(seen)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repeat", "0"], "--repeat = 0, must be >= 1"),
        (["--clients", "-5"], "--clients = -5, must be >= 1"),
        (["--json", "/nowhere/at/all.json"], "--json = /nowhere/at/all.json, must be in a folder that exists"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_before_anything_is_measured(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        engine.main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
