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


def test_visits_within_too_few_days_are_refused_with_the_days(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data = 'visits.csv', holds visits all on 2023-01-04, must hold 56 days or more"):
        job(tmp_path, [[3]] * 60)
    with pytest.raises(ConfigError, match=r"holds visits from 2023-01-01 to 2023-02-25, must hold 56 days"):
        job(tmp_path, [[0, 55]] * 60)
    assert job(tmp_path, [[0, 56]] * 60).until_day == int(np.datetime64("2023-02-26").astype(int))


def test_what_a_fit_or_a_forecast_cannot_know_is_a_warning_with_numbers(tmp_path: Path) -> None:
    # 49 of 60 come twice, the last of them on day 40; the hold-out begins on day 60 and ends on day 130
    days = [[i, i + 10] for i in range(30)] + [[0, 40]] * 19 + [[20, 130]] * 11
    few, long = job(tmp_path, days, "holdout_from=2023-03-02").warnings
    assert str(few).startswith("49 clients came twice until 2023-03-01, fewer than 50: ")
    assert str(long).startswith("The hold-out lasts 71 days, the fit before it 60: ")
    assert "until=2023-04-30 would hold out as long" in str(long)
    assert job(tmp_path, days).warnings == ()
    assert len(job(tmp_path, days, "holdout_from=2023-03-02", "until=2023-04-30").warnings) == 1


def test_an_account_that_nobody_has_alone_is_left_out_and_counted(tmp_path: Path) -> None:
    # less than a twentieth of all rows: with more it is left out as rows are read
    people = [list(range(i % 40, 365, 30)) for i in range(700)]
    plain, mixed = job(tmp_path, people), job(tmp_path, [list(range(365)), *people])
    assert (plain.quality["shared_accounts"], mixed.quality["shared_accounts"]) == (0, 1)
    assert mixed.quality["visits"] == plain.quality["visits"] + 365
    assert len(mixed.visits.day) == len(plain.visits.day)
    line = next(issue for issue in mixed.issues if "too often to be one client" in str(issue.what))
    assert (line.count, str(line.unit)) == (1, "ids")
