from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from experiments.calibration.fit import calibrate, target_of
from experiments.calibration.plan import Calibration, make_calibration
from experiments.plans.compose import compose_settings
from sim.calibration.observed import observed
from sim.calibration.reader import Reader
from sim.config import ConfigError


def job(folder: Path, days: Sequence[Sequence[int]], *more: str) -> Calibration:
    """A file in which client i has visits on these days of 2023."""
    path = folder / "visits.csv"
    rows = [f"c{i},{np.datetime64('2023-01-01') + day}" for i, own in enumerate(days) for day in own]
    path.write_text("\n".join(["client,date", *rows]) + "\n")
    return make_calibration(compose_settings("calibrate", [f"file={path}", "columns.left_censored_days=0", *more]))


def began(folder: Path, first: int, last: int, *more: str) -> Calibration:
    """60 clients on a day, each weekly from then on, and an older one."""
    return job(folder, [[0, last], *[list(range(first, last + 1, 7))] * 60], *more)


def test_clients_who_began_together_tell_arrivals_by_what_follows_and_only_so(tmp_path: Path) -> None:
    enough = began(tmp_path, 100, 128)
    reader = Reader(enough.visits, enough.until_day, enough.base)
    target = target_of(enough, reader, observed(enough.visits.done(), enough.until_day))
    # days 101 to 128: four visits of each, and the older client's
    assert target.flow.per_day == pytest.approx((4 * 60 + 1) / 28)
    assert target.arrivals_per_day is None
    # before anything is fitted
    with pytest.raises(
        ConfigError, match=r"61 new clients began within 1 days and 27 days follow, must be at least 28 .*give market"
    ):
        calibrate(began(tmp_path, 101, 128))


def test_arrivals_that_were_asked_for_win(tmp_path: Path) -> None:
    asked = began(tmp_path, 101, 128, "market.clients.arrivals_per_day=2")
    assert asked.arrivals_per_day == 2
    reader = Reader(asked.visits, asked.until_day, asked.base)
    target = target_of(asked, reader, observed(asked.visits.done(), asked.until_day))
    assert target.arrivals_per_day == 2
    assert began(tmp_path, 100, 128, "market.pros.n=12").arrivals_per_day is None
