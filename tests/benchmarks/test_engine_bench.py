"""The benchmark says what it must say and compares like with like; how fast anything is, is never asserted."""

import json
import statistics
import tempfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import engine, events, heap_floor, measure, plain_simpy
from sim.engine.run import simulate

SEEDS = range(1, 13)
CLIENTS, PROS = 2_000, 200


def bookings_per_client(
    settings: plain_simpy.Settings, program: type[plain_simpy.Marketplace] = plain_simpy.Marketplace
) -> list[float]:
    """One value a seed, from the plain program."""
    runs = (plain_simpy.simulate(settings, seed, program) for seed in SEEDS)
    return [len(run.bookings) / len(run.clients) for run in runs]


def standard_error(*samples: list[float]) -> float:
    """Standard error of the difference of two means."""
    return sum(statistics.variance(sample) / len(sample) for sample in samples) ** 0.5


@pytest.fixture(scope="module")
def engine_sample() -> list[float]:
    """Bookings per client of the compiled engine on the minimal market, one value a seed."""
    market, arm = measure.engine_inputs("minimal", CLIENTS, PROS)
    logs = (simulate(market, arm, seed=seed) for seed in SEEDS)
    return [len(log.bookings["client"]) / len(log.clients["client"]) for log in logs]


@pytest.fixture(scope="module")
def plain_settings() -> plain_simpy.Settings:
    return plain_simpy.Settings(n_pros=PROS, arrivals_per_day=CLIENTS / plain_simpy.Settings.horizon_days)


def test_a_quick_run_prints_every_row_target_ratio_and_check_it_is_asked_for(tmp_path, monkeypatch, capsys):
    # in this process, where numba is imported and the model compiled; the test below measures in a process of its own
    monkeypatch.setattr(engine, "in_fresh_process", measure.measure)
    path = tmp_path / "benchmark.json"
    rows = ["full", "full_simpy", "bare", "heap", "minimal", "plain", "million"]
    assert engine.main(["--quick", "--repeat", "1", "--json", str(path), "--only", *rows]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a tenth of the clients, a fifth of the pros, median of 1"
    # the long row is left out of a quick run
    for row in rows[:-1]:
        assert sum(line.startswith(f"{engine.ROWS[row].label}  ") for line in lines) == 1
    for heading, _ in engine.COLUMNS.values():
        assert f" {heading}" in lines[3]
    # full: speed, ratio to the reference, ratio to the heap; full_simpy: speed, memory; minimal: ratio to the plain program
    assert sum(line.endswith("judged at full size only") for line in lines) == 6
    assert sum(line.startswith("per client, ") for line in lines) == 1

    summary = json.loads(path.read_text())
    assert list(summary["rows"]) == rows[:-1]
    assert all(len(row["runs"]) == 1 for row in summary["rows"].values())
    assert all(value > 0 for row in summary["rows"].values() for value in row["median"].values())
    middle = {name: row["median"] for name, row in summary["rows"].items()}
    assert middle["full"]["bookings"] == middle["full_simpy"]["bookings"]
    # every client has an event at least, and SimPy has its starts of processes on top
    assert middle["full"]["clients"] < middle["heap"]["events"] < middle["bare"]["events"]
    # the bare run has no bookings, and no figure is made up for it
    assert "bookings" not in middle["bare"]


def test_compare_is_timed_from_an_empty_store_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    options = (
        "market.clients.arrivals_per_day=1",
        "market.pros.n=40",
        "arm=[uniform,wecasa_2025]",
        "replications=2",
        "executor=serial",
    )
    figures = measure.measure(measure.Task("compare", options=options))
    # two processes' imports alone take more than a tenth of a second; the memory would be that of this process
    assert figures["seconds"] > 0.1
    assert set(figures) == {"seconds"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", [plain_simpy.Marketplace, plain_simpy.SmartMarketplace])
def test_engine_and_plain_programs_have_the_same_bookings_per_client(program, engine_sample, plain_settings):
    plain = bookings_per_client(plain_settings, program)
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
    market, arm = measure.engine_inputs("minimal", 27.4 * 730, 200)
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


@pytest.mark.parametrize("program", [plain_simpy.Marketplace, plain_simpy.SmartMarketplace])
def test_the_plain_programs_never_book_a_pro_twice_and_leave_a_request_open_when_all_are_taken(program):
    # 40 requests a day and more, of an hour each, for one pro: 24 hours cannot hold them
    run = plain_simpy.simulate(plain_simpy.Settings(n_pros=1, arrivals_per_day=40, horizon_days=20), 1, program)
    filled = [booking for booking in run.bookings if booking.pro is not None]
    taken = [slot for booking in filled for slot in (booking.slot, booking.slot + 1)]
    assert len(taken) == len(set(taken))
    assert 0 < len(filled) < len(run.bookings)
    # a session is in the calendar until it ends
    ahead = {(booking.slot, booking.slot + 2) for booking in filled if (booking.slot + 2) / plain_simpy.SLOTS_PER_DAY >= 20}
    assert set(run.pros[0].sessions) == ahead


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [(8, 10, True), (9, 11, False), (10, 12, False), (11, 13, False), (12, 14, True), (9, 13, False)],
)
def test_a_pro_is_free_when_no_session_ahead_overlaps(start, end, free):
    assert plain_simpy.Pro(0.1, 0, 0, 0, sessions=[(20, 22), (10, 12)]).is_free(start, end) is free


def test_the_smart_program_draws_by_visibility_among_those_who_are_free():
    # weights 1, 2, 3 and 4; pro 2 is taken: the others have 1/7, 2/7 and 4/7
    run = plain_simpy.SmartMarketplace(plain_simpy.Settings(n_pros=4), 1)
    for weight, pro in enumerate(run.pros, start=1):
        pro.weight = weight
    run.pros[2].sessions.append((101, 103))
    run.sums = [1, 3, 6, 10]
    n = 7_000
    drawn = [run.pros.index(run.choose(100)) for _ in range(n)]
    # 5 standard errors: sqrt(7000 * 1/7 * 6/7) = 29, sqrt(7000 * 2/7 * 5/7) = 38, sqrt(7000 * 4/7 * 3/7) = 41
    assert drawn.count(2) == 0
    assert abs(drawn.count(0) - 1_000) < 145
    assert abs(drawn.count(1) - 2_000) < 190
    assert abs(drawn.count(3) - 4_000) < 205


def test_the_bare_run_passes_exactly_the_events_that_the_engine_processes():
    market, arm = measure.engine_inputs("personal_care", 200, 20)
    recorded = events.record_events(market, arm, seed=1)
    env = events.Recording()
    events.pass_events(env, events.delays_by_process(recorded["ticks"], recorded["processes"]), recorded["horizon_tick"])
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
    delays = events.delays_by_process(np.array([5, 2, 2, 9]), np.array([3, -1, -1, 3]))
    assert delays == [[2, 0], [5, 4]]


def test_the_heap_loop_goes_through_the_clients_events_before_the_horizon_in_order():
    # client 4: 5, 7; client 1: 1, 6; 9 is beyond the horizon, and process -3 belongs to the platform
    recorded = np.array([5, 1, 3, 6, 7, 9]), np.array([4, 1, -3, 1, 4, 1])
    ticks, starts = events.ticks_by_client(*recorded, 8)
    assert (ticks.tolist(), starts.tolist()) == ([1, 6, 5, 7], [0, 2, 4])
    # popped as 1, 5, 6, 7: 1 * 1 + 2 * 5 + 3 * 6 + 4 * 7 = 57; any other order gives less
    assert heap_floor.replay(ticks, starts).tolist() == [4, 57]


def test_the_heap_loop_takes_hundreds_of_clients_in_order():
    # client c has events at 7c mod 500 and 3 and 1,000 later: every tick of a thousand's first 500 once, then twice
    first = np.arange(500) * 7 % 500
    ticks = np.column_stack([first, first + 1_000, first + 2_000]).ravel()
    popped, order = heap_floor.replay(ticks, np.arange(0, 1_501, 3))
    assert popped == 1_500
    assert order == sum(rank * tick for rank, tick in enumerate(sorted(ticks.tolist()), start=1))


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


def a_run_of_each_row(repeats: int = 1, **figures: float) -> dict[str, list[dict[str, float]]]:
    """Runs in which every figure is 1, but for those named."""
    return {row: [dict.fromkeys(engine.COLUMNS, 1.0) | figures for _ in range(repeats)] for row in engine.ROWS}


@pytest.mark.parametrize(
    ("sign", "limit", "met"), [(">=", 20.0, True), (">=", 20.1, False), ("<=", 20.0, True), ("<=", 19.9, False), ("<", 20.0, False)]
)
def test_a_target_is_judged_at_its_exact_limit_and_at_full_size_only(sign, limit, met):
    target = engine.Target("full", "seconds", sign, limit)
    runs = a_run_of_each_row(seconds=20.0)
    assert engine.judge(target, runs, small=False)["met"] is met
    assert engine.judge(target, runs, small=True)["met"] is None


def test_the_table_has_a_line_for_each_row_and_a_verdict_for_each_target():
    text = engine.table(engine.summarise(a_run_of_each_row(), small=False)).splitlines()
    assert all(sum(line.startswith(f"{row.label}  ") for line in text) == 1 for row in engine.ROWS.values())
    verdicts = [line.rsplit(": ", 1)[1] for line in text if ", target " in line]
    # all figures are 1: what must be low is met but for a share of .15, what must be high is not
    asked = [target for target in engine.TARGETS if target.sign]
    expected = ["TARGET NOT MET" if target.sign == ">=" or target.limit < 1 else "target met" for target in asked]
    assert verdicts == expected


def test_targets_name_rows_and_figures_that_exist():
    for target in engine.TARGETS:
        assert target.row in engine.ROWS
        assert target.per in {"", *engine.ROWS}
        assert target.figure in engine.COLUMNS
        # a ratio within a repeat needs both rows in each repeat
        assert not target.per or engine.ROWS[target.row].once == engine.ROWS[target.per].once


def test_ratios_are_medians_of_the_ratios_within_a_repeat():
    runs = a_run_of_each_row(repeats=3)
    for run, (above, below) in zip(range(3), [(2.0, 1.0), (30.0, 10.0), (4.0, 1.0)], strict=True):
        runs["minimal"][run]["bookings_per_s"], runs["plain"][run]["bookings_per_s"] = above, below
    # within repeats 2, 3 and 4; the ratio of the medians would be 4 / 1
    assert engine.judge(engine.Target("minimal", "bookings_per_s", per="plain"), runs, small=False)["value"] == 3.0


def test_measured_processes_see_no_chosen_blas_kernel_and_no_switched_off_compiler(monkeypatch):
    seen = {}

    def note_environment(*_, env, **__):
        seen.update(env)
        return SimpleNamespace(returncode=0, stdout="{}")

    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setattr(measure.subprocess, "run", note_environment)
    measure.in_fresh_process(measure.Task("compiled"))
    assert seen["KEPT"] == "1"
    assert not {"OPENBLAS_CORETYPE", "NUMBA_DISABLE_JIT"} & set(seen)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repeat", "0"], "--repeat = 0, must be >= 1"),
        (["--quick", "--only", "million"], "--only = million, must hold a row that --quick does not leave out"),
        (["--only", "nothing"], "invalid choice: 'nothing'"),
        (["--json", "/nowhere/at/all.json"], "--json = /nowhere/at/all.json, must be in a folder that exists"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_before_anything_is_measured(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        engine.main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
