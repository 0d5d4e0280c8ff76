import numpy as np
import pytest

from experiments.calibration import demand, serving
from experiments.calibration.runs import MOST_SERVED
from experiments.calibration.serving import N_TICKS, Search, Target, serve
from sim.calibration.findings import Finding, Findings, market_with
from sim.calibration.observed import Observed
from sim.calibration.served import Flow
from sim.said import say
from tests.markets import arm, market


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer clients and coarser steps, which are quicker."""
    monkeypatch.setattr(demand, "AMPLE_RUNS", 2)
    monkeypatch.setattr(serving, "FACTORS", (2, 4, 16))


NOBODY = Observed(np.empty(0, np.int64), np.empty(0, np.int64), 100)
# a visit or two of each of three clients a day, in the hours of the default market, with two pros on three days of a few hours
BASE = market(
    "horizon_days=300",
    "warmup_days=60",
    "clients.arrivals_per_day=3",
    "zones=2",
    "pros.zones_per_pro=1",
    "pros.n=2",
    "pros.share_at_start=1",
    "pros.leaving.enabled=false",
    "pros.work_days=[3,3]",
    "pros.work_hours=[4,4]",
    preset="personal_care",
)
FOUND = Findings((Finding("clients.arrivals_per_day", 3.0, say("fit")),), (), None)


def served(fill_rate: float, found: Findings = FOUND) -> tuple[Findings, int]:
    ticks: list[int] = []
    target = Target(fill_rate, Flow(4.0, 364, 0), NOBODY)
    return serve(found, BASE, arm("uniform"), target, 1, lambda: ticks.append(1)), len(ticks)


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_a_market_is_found_that_serves_the_share_and_the_visits_of_the_file(share: float) -> None:
    found, n_ticks = served(share)
    assert n_ticks == N_TICKS
    keys = [finding.key for finding in found.found]
    # hours come before any other lever, and each number is there once
    assert "pros.work_hours" in keys
    assert len(keys) == len(set(keys))
    assert found.untold == ()
    # on other runs than those of the search
    search = Search(BASE, arm("uniform"), 99, Target(share, Flow(4.0, 364, 0), NOBODY), list(found.found), lambda: None)
    trial = search.trial(search.market(), 12)
    assert trial.fill_rate == pytest.approx(share, abs=0.03)
    assert trial.visits_per_day == pytest.approx(4.0, rel=0.08)


def test_arrivals_that_were_asked_for_stay() -> None:
    target = Target(1.0, Flow(4.0, 364, 0), NOBODY, arrivals_per_day=1.25)
    found = serve(FOUND, BASE, arm("uniform"), target, 1, lambda: None)
    (rate,) = [finding for finding in found.found if finding.key == "clients.arrivals_per_day"]
    assert rate.value == 1.25
    assert str(rate.source).startswith("as asked for")
    # and pros serve them all the same
    assert "pros.work_hours" in [finding.key for finding in found.found]


def test_visits_that_differ_from_run_to_run_take_more_runs_before_arrivals_move() -> None:
    search = Search(BASE, arm("uniform"), 1, Target(1.0, Flow(4.0, 364, 0), NOBODY), [], lambda: None)
    search.n_runs, search.flow_error = 4, 0.015
    # 2 standard errors of 1.5 % of 4 runs are one of 16 runs
    assert search.runs_to_tell() == 16
    search.flow_error = 0.1
    assert search.runs_to_tell() == MOST_SERVED


def test_what_cannot_be_reached_is_said() -> None:
    # all pros work on a day of the week on which nobody may come, so that no number of them serves
    closed = market_with(
        BASE, [Finding("requests.start_hour_weights", [0.0] * 23 + [1.0], None), Finding("requests.lead_mean_hours", 0.0, None)]
    )
    long = Finding("services", [{"name": "night", "client_share": 1.0, "duration_minutes": 1440, "price_eur": 50.0}], None)
    hopeless = market_with(closed, [long])
    target = Target(1.0, Flow(4.0, 364, 0), NOBODY)
    found = serve(FOUND, hopeless, arm("uniform"), target, 1, lambda: None)
    reasons = [str(why) for keys, why in found.untold if keys == "pros.n"]
    assert len(reasons) == 1
    assert "% of requests find a pro, 100.0% in the file" in reasons[0]


def test_the_search_is_the_same_each_time() -> None:
    assert served(1.0) == served(1.0)
