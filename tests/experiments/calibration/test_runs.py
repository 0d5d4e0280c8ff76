import numpy as np

from experiments.calibration.runs import as_observed, simulate_market
from sim.calibration.likeness import compare_worlds
from sim.calibration.observed import observed
from sim.calibration.served import Served
from tests.calibration.test_findings import world
from tests.calibration.test_served import NIGHT_PROS
from tests.markets import arm, market, run


def test_a_run_is_read_as_a_file_is() -> None:
    log = run(market("clients.arrivals_per_day=1", "horizon_days=300", "warmup_days=100"), arm("uniform"))
    seen = as_observed(log)
    late = log.clients["client"][log.clients["arrival_days"] >= 100]
    assert np.isin(seen.client, late).all()
    assert seen.end_day == 299
    # one visit a client and day, in order
    same = np.diff(seen.client) == 0
    assert (np.diff(seen.day)[same] > 0).all()


def test_runs_without_a_visit_are_compared_like_any_others() -> None:
    like = observed(world(), 920)
    nobody = market("clients.arrivals_per_day=2", "horizon_days=60", *NIGHT_PROS)
    ticks: list[int] = []
    runs = simulate_market(nobody, arm("uniform"), like, 1, 2, lambda: ticks.append(1))
    assert [len(seen.client) for seen in runs.observed] == [0, 0]
    assert len(ticks) == 2
    checks = compare_worlds(like, runs.observed, np.random.default_rng(1), Served(1.0, 1.3, np.nan, 1.3), runs.served)
    assert [check.verdict for check in checks[:3]] == ["differs"] * 3
    assert {check.verdict for check in checks[3:]} == {"cannot tell"}


def test_a_small_market_is_run_until_what_it_serves_is_known() -> None:
    like = observed(world(), 920)
    # a client every five days, with luck in each
    small = market("clients.arrivals_per_day=0.2", "horizon_days=200")
    runs = simulate_market(small, arm("uniform"), like, 1, 3)
    assert len(runs.observed) == 3
    assert len(runs.served) > 3
