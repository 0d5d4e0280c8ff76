import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import experiments.calibration.fit as module
from experiments.calibration import demand, runs
from experiments.calibration.fit import FinishedCalibration, calibrate, hold_out
from experiments.calibration.plan import Calibration, make_calibration
from experiments.plans.compose import compose_settings
from sim.calibration.fit import Fit, fit
from sim.calibration.histories import Histories
from sim.engine.run import simulate
from tests.markets import arm

IMPORTS = Path(__file__).resolve().parents[2] / "data" / "imports"
MONTH_FIRST = {"date_format": "%m/%d/%Y"}
QUICK = [("crash_no_visit", MONTH_FIRST), ("one_day_cohort", {})]
SLOW = [("idle_pros", {}), ("holdout_rebooked", {}), ("crash_night_hours", {})]
"""More of the same, with ALL_FILES=1 in the environment."""
FILES = QUICK + (SLOW if os.environ.get("ALL_FILES") else [])


def job(name: str, changes: dict[str, Any], *more: str) -> Calibration:
    lines = [f"file={IMPORTS / name}.csv", "replications=2", "forecast_runs=20", "forecast_forms=[mbg,pareto]", "worlds=8", *more]
    settings = compose_settings("calibrate", lines)
    settings["columns"] |= yaml.safe_load((IMPORTS / f"{name}.yaml").read_text()) | changes
    return make_calibration(settings)


def one_form(seen: Histories, *_: bool) -> tuple[Fit, dict[str, Fit]]:
    """The form with regular gaps in which a first visit can end the relation, without the search among all."""
    return fit(seen, regular=True, dropout_after_first=True), {"bg": fit(seen, regular=False)}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "fit_clients", one_form)
    monkeypatch.setattr(module, "policy_gains", lambda *_: [])
    monkeypatch.setattr(demand, "AMPLE_RUNS", 3)
    monkeypatch.setattr(runs, "MOST_SERVED", 24)


@cache
def calibrated(name: str, changes: tuple[tuple[str, Any], ...]) -> FinishedCalibration:
    return calibrate(job(name, dict(changes)))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("name", "changes"), FILES, ids=[name for name, _ in FILES])
def test_the_fitted_market_serves_its_file(name: str, changes: dict[str, Any]) -> None:
    found = calibrated(name, tuple(changes.items()))
    verdicts = {check.name: check for check in found.checks}
    assert [check.name for check in found.checks[:5]] == [
        "fill_rate",
        "visits_per_day",
        "new_visits_per_day",
        "utilisation",
        "pro_rho",
    ]
    # none of these files has a request without a pro
    assert verdicts["fill_rate"].real == 1
    assert verdicts["fill_rate"].simulated >= 0.98
    for level in ("visits_per_day", "new_visits_per_day"):
        assert verdicts[level].verdict == "alike"
        # 24 short runs leave open what more of them would not
        assert verdicts[level].distance < 0.1
    # and other runs than those it was fitted on have visits, too
    log = simulate(found.market, arm("uniform"), 99)
    assert (log.bookings["outcome"] == log.names["outcomes"].index("completed")).any()
    assert not found.market.pros.leaving.enabled


@pytest.mark.usefixtures("quick")
def test_all_steps_move_the_bar_as_often_as_was_said() -> None:
    ticks: list[int] = []
    started = job("one_day_cohort", {})
    calibrate(started, lambda: ticks.append(1))
    # the gains are replaced here, which would have been the rest
    assert len(ticks) == started.n_runs - 18


@pytest.mark.usefixtures("quick")
def test_what_happens_after_a_hold_out_begins_does_not_change_who_was_there_before() -> None:
    # client 88888 booked and cancelled on 28 May, and came on 5 June: one need on either side of 1 June
    held = hold_out(job("holdout_rebooked", {}, "holdout_from=2023-06-01"))
    assert len(held.true) == len(held.forecast.by_client) == 231
    assert held.ensemble.members[0].fitted.n == 231
    # all weeks together are all visits, on every side
    low, high = held.interval
    assert held.weekly.sum() == held.true.sum()
    assert held.forecast.weekly.sum() == pytest.approx(held.forecast.total)
    assert low < held.forecast.total < high
    assert set(held.others) == {"bg_nbd", "pareto_nbd", "past_rate"}
