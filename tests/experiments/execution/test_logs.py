from pathlib import Path

import pytest

from experiments.execution.jobs import Job, run_job
from experiments.execution.logs import read_log
from sim.config import ConfigError
from sim.engine.run import simulate
from tests.markets import arm, market

SMALL = ("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=8", "log_choices=true", "log_offers=true")


def test_a_stored_run_is_read_back_as_the_log_it_was(tmp_path: Path) -> None:
    world, policy = market(*SMALL), arm("uniform")
    job = Job(world, policy, 1, 0)
    run_job(job, tmp_path, keep_logs=True)
    log, stored = simulate(world, policy, 1), read_log(tmp_path / job.key, world, policy)
    for table in ("bookings", "choices", "offers", "scores", "pros"):
        for name, column in getattr(log, table).items():
            assert getattr(stored, table)[name].tolist() == pytest.approx(column.tolist(), nan_ok=True, rel=0, abs=0), (table, name)


def test_the_run_of_a_market_with_other_services_is_refused(tmp_path: Path) -> None:
    world, policy = market("horizon_days=30", "warmup_days=0", preset="personal_care"), arm("uniform")
    job = Job(world, policy, 1, 0)
    run_job(job, tmp_path, keep_logs=True)
    with pytest.raises(ConfigError, match="the run is another market's"):
        read_log(tmp_path / job.key, market(*SMALL), policy)
