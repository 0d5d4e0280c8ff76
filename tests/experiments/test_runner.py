import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from experiments.runner import RunError, run_all
from sim.engine.platform import Arm
from sim.views import Floats, ProView
from tests.worlds import arms, market

WORLD = ("horizon_days=100", "warmup_days=10", "clients.arrivals_per_day=3", "pros.n=8")


def logs(store):
    return {path.parent.name: json.loads(path.read_text())["log_digest"] for path in store.glob("*/manifest.json")}


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    store = tmp_path_factory.mktemp("serial")
    outcome = run_all(market(*WORLD, preset="personal_care"), arms("uniform", "wecasa_2025"), 2, 5, store, workers=1)
    return store, outcome


def test_every_arm_and_replication_is_run_once(serial):
    store, outcome = serial
    assert outcome.simulated == 4
    assert len(logs(store)) == 4
    assert outcome.values("uniform")["fill_rate"].shape == (2,)
    assert outcome.curves("uniform")["exposure_lorenz"].shape == (2, 101)


def test_processes_give_the_same_logs_to_the_byte(serial, tmp_path):
    store, outcome = serial
    world = market(*WORLD, preset="personal_care")
    other = run_all(world, arms("uniform", "wecasa_2025"), 2, 5, tmp_path, workers=2)
    assert logs(tmp_path) == logs(store)
    for name, values in outcome.values("wecasa_2025").items():
        np.testing.assert_array_equal(values, other.values("wecasa_2025")[name])
    for key in logs(store):
        for table in ("bookings", "scores", "clients", "pros", "truth_pros", "truth_clients"):
            assert (store / key / f"{table}.parquet").read_bytes() == (tmp_path / key / f"{table}.parquet").read_bytes()


def test_what_is_in_the_store_is_not_simulated_again(serial):
    store, first = serial
    world = market(*WORLD, preset="personal_care")
    again = run_all(world, arms("uniform", "wecasa_2025"), 2, 5, store, workers=1)
    assert again.simulated == 0
    assert again.values("uniform")["fill_rate"].tolist() == first.values("uniform")["fill_rate"].tolist()
    more = run_all(world, arms("uniform", "rating"), 2, 5, store, workers=1)
    assert more.simulated == 2


def test_a_damaged_result_is_set_aside_and_simulated_again(tmp_path):
    world = market(*WORLD, preset="personal_care")
    first = run_all(world, arms("uniform"), 1, 5, tmp_path, workers=1)
    key = first.keys["uniform", 0]
    (tmp_path / key / "metrics.json").write_text("{")
    with pytest.warns(RuntimeWarning, match="damaged"):
        again = run_all(world, arms("uniform"), 1, 5, tmp_path, workers=1)
    assert again.simulated == 1
    assert again.values("uniform")["fill_rate"].tolist() == first.values("uniform")["fill_rate"].tolist()
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


@dataclass(frozen=True)
class Broken:
    """Raises once a pro has finished a session."""

    die: bool = False

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        if now_days > 20:
            if self.die:
                os._exit(3)
            raise ZeroDivisionError("no luck")
        return np.ones(pros.n_pros)


def test_a_policy_that_raises_is_named_and_the_other_runs_are_kept(tmp_path):
    policies = arms("uniform")
    broken = {"broken": Arm("broken", policies["uniform"].score, Broken()), **policies}
    with pytest.raises(RunError, match=r"arm=broken replication=1 seed=5 failed: ZeroDivisionError: no luck"):
        run_all(market(*WORLD), broken, 2, 5, tmp_path, workers=1)
    assert len(logs(tmp_path)) == 2


def test_a_worker_that_dies_is_an_error_and_not_a_hang(tmp_path):
    policies = arms("uniform")
    broken = {"broken": Arm("broken", policies["uniform"].score, Broken(die=True)), **policies}
    with pytest.raises(RunError, match="a worker process died"):
        run_all(market(*WORLD), broken, 1, 5, tmp_path, workers=2)


def test_an_interrupt_stops_soon_and_keeps_what_is_finished(tmp_path):
    root = Path(__file__).resolve().parents[2]
    sizes = ["replications=40", "market.horizon_days=800", "longest_window_months=12", "workers=2"]
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.compare", "arm=[uniform,rating]", *sizes, *folders],
        env=os.environ | {"PYTHONPATH": str(root)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "store").glob("*/manifest.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "the same command goes on from there" in errors
    assert 0 < len(logs(tmp_path / "store")) < 60
    assert not (tmp_path / "out").exists()
