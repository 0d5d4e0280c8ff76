"""The file of a replay beside the simulation of its control."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from experiments.plans.command_line import long_forms
from experiments.plans.compose import compose_settings
from experiments.replay import main
from experiments.replays.base import in_a_run, in_the_file
from experiments.replays.plan import Replay, make_replay
from experiments.replays.report import occasion
from sim.calibration.base_fit import base_fit
from sim.log import RunLog
from tests.markets import arm, market, run
from tests.replays import COLUMNS, write_bookings

pytestmark = pytest.mark.usefixtures("sketched")

PROS = "market.pros.n=120"
SMALL = (*COLUMNS, "replications=3", "executor=serial", "warmup_days=60", "arm=[uniform,rating]")
BASE = ["by", "value", "figure", "file", "simulated", "low", "high", "difference", "verdict"]


@pytest.fixture(scope="module")
def log() -> RunLog:
    """Eleven months with as many pros as it takes."""
    small = market("horizon_days=330", "warmup_days=60", "clients.arrivals_per_day=6", "pros.n=120", preset="personal_care")
    return run(small, arm("uniform"), seed=2)


@pytest.fixture(scope="module")
def bookings(log: RunLog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bookings(log, tmp_path_factory.mktemp("data") / "bookings.csv")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def replayed(bookings: Path, store: Path, out: Path, *more: str) -> list[dict[str, str]]:
    """The rows of ``base.csv``."""
    assert main([f"data={bookings}", *SMALL, PROS, f"store={store}", f"out={out}", *more]) == 0
    with (out / "base.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == BASE
    return found


def made(bookings: Path, *more: str) -> Replay:
    return make_replay(compose_settings("replay", long_forms([f"data={bookings}", *SMALL, PROS, *more])))


def test_a_run_and_the_file_that_it_left_are_the_same_requests(log: RunLog, bookings: Path, tmp_path: Path) -> None:
    log.save(tmp_path)
    replay = made(bookings)
    file, ours = in_the_file(replay), in_a_run(tmp_path, log.names["services"], True, True)
    names = {"zone": [str(zone) for zone in range(10)], "service": log.names["services"]}
    fit = base_fit("uniform", file, [ours, ours], replay.first_day, replay.plan.market.horizon_days, names)  # type: ignore[arg-type]
    assert {row.by for row in fit.rows} == {"total", "month", "zone", "service"}
    # what is still open at the end has no status in the file, and has found a pro
    assert not ((log.bookings["outcome"] == 0) & ~np.isfinite(log.bookings["assigned_days"])).any()
    assert {row.difference for row in fit.rows} == {0.0}


def test_the_market_that_the_file_is_of_fits_and_its_policies_are_ranked(
    bookings: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = replayed(bookings, store, tmp_path / "out")
    totals = {row["figure"]: row for row in rows if row["by"] == "total"}
    assert {row["verdict"] for row in totals.values()} == {"fits"}
    printed = capsys.readouterr().out
    assert printed.index("The base fits: under uniform") < printed.index("Decision: ")
    card = json.loads((tmp_path / "out" / "scorecard.json").read_text())
    assert card["base"]["ranks"]
    assert card["decision"]["outcome"] != "not_ranked"
    # quality.json counts one visit a client and day, and follows clients until the last visit of the file
    quality = json.loads((tmp_path / "out" / "quality.json").read_text())
    days = made(bookings).plan.market.horizon_days
    assert float(totals["visits_per_day"]["file"]) * days == pytest.approx(quality["visits"], rel=0.005)
    assert float(totals["return_rate_6m"]["file"]) == pytest.approx(quality["return_rate_6m"], abs=0.005)
    assert [row["value"] for row in rows if row["by"] == "month" and row["figure"] == "fill_rate"] == [
        f"2023-{month:02d}" for month in range(1, 12)
    ]
    assert {row["value"] for row in rows if row["by"] == "zone"} == {str(zone) for zone in range(10)}


def test_with_far_too_few_pros_no_policy_is_ranked_and_every_table_is_there(
    bookings: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = replayed(bookings, store, tmp_path / "out", "market.pros.n=12")
    verdicts = {row["figure"]: row["verdict"] for row in rows if row["by"] == "total"}
    assert (verdicts["fill_rate"], verdicts["visits_per_day"]) == ("off", "off")
    printed = capsys.readouterr().out
    assert "Policies are not ranked, for the base is off" in printed
    assert "Decision: not ranked" in printed
    assert "worth rolling out" not in printed
    card = json.loads((tmp_path / "out" / "scorecard.json").read_text())
    assert (card["decision"]["outcome"], card["decision"]["arm"]) == ("not_ranked", None)
    assert (tmp_path / "out" / "report.md").read_text().split("\n\n")[1].startswith("**Not ranked.** Policies are not ranked")
    for name in ("summary.csv", "differences.csv"):
        assert "rating" in (tmp_path / "out" / name).read_text()


def test_where_every_request_is_the_files_returns_are_not_compared(bookings: Path, store: Path, tmp_path: Path) -> None:
    rows = replayed(bookings, store, tmp_path / "out", "mode=all_requests")
    assert {row["figure"] for row in rows} == {"fill_rate", "visits_per_day"}
    (fill, visits) = [row for row in rows if row["by"] == "total"]
    assert (fill["verdict"], visits["verdict"]) == ("fits", "fits")


def test_the_files_own_pros_are_a_base_as_well(bookings: Path, store: Path, tmp_path: Path) -> None:
    rows = replayed(bookings, store, tmp_path / "out", "pros=file")
    assert len([row for row in rows if row["by"] == "total"]) == 3


def test_a_file_without_statuses_holds_what_found_a_pro_and_took_place(bookings: Path) -> None:
    found = in_the_file(made(bookings, "columns.status=null", "columns.zone=null", "columns.service=null"))
    assert found.found_pro.all()
    assert found.completed.all()
    # what the file does not tell apart is not compared
    assert not found.groups


def test_a_file_whose_requests_all_came_to_nothing_is_replayed_and_has_no_numbers_of_visits(bookings: Path) -> None:
    assert set(occasion(made(bookings)).tables) == {"quality.json"}
    nothing = dict.fromkeys(("done", "no_show", "cancelled_by_pro", "cancelled_by_client"), "unfilled")
    replay = made(bookings, *(f"columns.statuses.{status}={meaning}" for status, meaning in nothing.items()))
    assert occasion(replay).tables == {}


def test_clients_who_may_be_older_than_the_file_are_not_new(bookings: Path) -> None:
    replay = made(bookings, "columns.left_censored_days=60")
    found = in_the_file(replay)
    first = np.full(len(replay.requests.known), 10**6)
    np.minimum.at(first, found.client, found.asked_day)
    assert (found.new == (first[found.client] >= 60)).mean() > 0.99


def test_days_alone_are_compared_by_days(bookings: Path, tmp_path: Path) -> None:
    lines = [line.split(",") for line in bookings.read_text().splitlines()]
    day = tmp_path / "day.csv"
    day.write_text("\n".join(",".join([row[0], row[2][:10], *row[3:]]) for row in lines) + "\n")
    found = in_the_file(made(day, "columns.requested=null"))
    assert (found.asked_day == found.visit_day).all()
