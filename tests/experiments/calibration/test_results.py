import json
import re
from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest
import yaml

from experiments.calibrate import main
from experiments.calibration.plan import make_calibration
from experiments.plans.arms import load_market
from experiments.plans.command_line import long_forms
from experiments.plans.compose import compose_settings
from sim.bookings.columns import Columns
from sim.config import load
from tests.commands import run
from tests.markets import market

pytestmark = pytest.mark.usefixtures("sketched")

ROOT = Path(__file__).resolve().parents[3]
CDNOW = ROOT / "tests" / "data" / "cdnow_sample.csv"
SMALL = ("replications=2", "forecast_runs=100", "forecast_forms=[mbg,pareto]", "worlds=8", "market.horizon_days=900")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every eighth customer of CDNOW."""
    path = tmp_path_factory.mktemp("data") / "customers.csv"
    lines = CDNOW.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(line for line in lines[1:] if int(line.split(",")[0]) % 8 == 0)]) + "\n")
    return path


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    return capsys.readouterr().err.removeprefix("error: ").strip()


def test_a_file_becomes_a_market_a_page_and_a_hold_out(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    arguments = [f"data={small}", "columns=cdnow", "name=shop", "holdout_from=1997-10-01", f"out={out}", "bootstrap=3", *SMALL[:4]]
    # a line break in a name would end the comment that it stands in
    arguments.append("columns.source='a shop\nname: evil'")
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert f"--config-dir {out} market=shop" in printed
    assert "hold-out forecast" in printed
    # ready for compare, and each number with its source
    text = (out / "market" / "shop.yaml").read_text()
    assert "to a shop name: evil, 1997-01-01" in text.splitlines()[0]
    numbers = [
        line for line in text.splitlines() if line and not line.startswith(("#", "defaults", "  - ")) and not line.endswith(":")
    ]
    assert all("  # " in line for line in numbers)
    world = load_market(compose_settings("compare", ["market=shop", "arm=[uniform]"], [out]))
    assert world.name == "shop"
    # all began within 84 days of 546: arrivals cannot be told, and as many are taken as give the visits of the last 52 weeks
    dates = np.array([line.split(",")[1] for line in small.read_text().splitlines()[1:]], "datetime64[D]")
    days = (np.datetime64("1998-06-30") - dates).astype(int)
    flow = (days < 364).sum() / 364
    served = {row["name"]: row for row in pyarrow.csv.read_csv(out / "realism.csv").to_pylist()}
    assert served["visits_per_day"]["real"] == pytest.approx(flow, rel=0.05)
    assert [served[name]["verdict"] for name in ("fill_rate", "visits_per_day", "new_visits_per_day")] == ["alike"] * 3
    assert "tells no arrivals" in text
    assert world.sessions == world.sessions.model_copy(update={"client_cancellation_share": 0.0, "no_show_share": 0.0})
    assert world.economics == market(preset="personal_care").economics
    realism = {row["name"]: row for row in pyarrow.csv.read_csv(out / "realism.csv").to_pylist()}
    assert realism["ladder_1"]["verdict"] == "alike"
    held = json.loads((out / "holdout.json").read_text())
    assert held["mae"] < held["baselines"]["past_rate"]["mae"]
    assert held["low"] < held["forecast"] < held["high"]
    assert held["form"] in held["weights"]
    weeks = pyarrow.csv.read_csv(out / "holdout.csv").to_pylist()
    # 273 days are 39 weeks; weeks add up, and the last row so far is the whole
    assert len(weeks) == 39
    assert sum(row["truth"] for row in weeks) == weeks[-1]["truth_so_far"] == held["truth"]
    assert sum(row["forecast"] for row in weeks) == pytest.approx(held["forecast"])
    assert weeks[-1]["low_so_far"] == pytest.approx(held["low"])
    assert "95 % interval [" in printed
    page, chart = (out / "report.html").read_text(), (out / "figures" / "hold_out.svg").read_bytes()
    assert "What it cannot tell" in page
    # and the folder alone gives the same page again
    (out / "report.html").unlink()
    (out / "figures" / "hold_out.svg").unlink()
    assert run("report", [f"out={out}"]) == 0
    assert ((out / "report.html").read_text(), (out / "figures" / "hold_out.svg").read_bytes()) == (page, chart)
    assert not re.search(r"https?:", page.replace("http://www.w3.org", ""))


def test_a_base_market_that_was_changed_by_hand_is_refused_since_the_yaml_could_not_say_so(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "market"
    arguments = [f"data={small}", "columns=cdnow", "market.economics.payback_bookings=4", *SMALL]
    assert "was changed by overrides" in refusal(capsys, *arguments, f"market_folder={folder}", f"out={tmp_path / 'out'}")
    assert not list(folder.iterdir())


def test_a_market_that_was_not_made_here_is_never_written_over(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "market"
    folder.mkdir()
    (folder / "mine.yaml").write_text("# Mine.\n")
    assert "was not made by this command" in refusal(
        capsys, f"data={small}", "columns=cdnow", "name=mine", f"market_folder={folder}"
    )
    assert (folder / "mine.yaml").read_text() == "# Mine.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "data is missing: data=bookings.csv"),
        (["data=nowhere.csv"], "data = 'nowhere.csv', must be a file"),
        (["since=2001-01-01"], "since = 2001-01-01, must be at most 1998-06-30, the last day of the file"),
        (["holdout_from=soon"], "holdout_from = 'soon', must be a date such as 2018-12-31"),
        (
            ["holdout_from=1998-06-29"],
            "holdout_from = 1998-06-29, must leave 56 days before and after it, within 1997-01-01 to 1998-06-30",
        ),
        (["until=1997-01-20"], "until = 1997-01-20, must be at least 56 days after 1997-01-01"),
        (["name=../x"], "name = '../x', must be a word of letters, digits and _"),
        (["bootstrap=-1"], "bootstrap = -1, input should be greater than or equal to 0"),
        (["replications=1"], "replications = 1, input should be greater than or equal to 2"),
        (["market_folder=/tmp/elsewhere"], "market_folder = '/tmp/elsewhere', must be a folder called market, beside other groups"),
        (["columns.client=who"], "columns.client: who, must be a column of cdnow_sample.csv; there are: client, date"),
        (["columns=nobody"], "nobody"),
        (["dat=3"], "dat = 3, unknown key"),
    ],
)
def test_a_wrong_request_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = any(argument.startswith("data=") for argument in arguments) or not arguments
    preset = [] if any(argument.startswith("columns=") for argument in arguments) else ["columns=cdnow"]
    assert message in refusal(capsys, *([] if given else [f"data={CDNOW}"]), *preset, *arguments)


def test_too_few_new_clients_are_refused_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    # everybody began in the first three months
    message = refusal(capsys, f"data={CDNOW}", "columns=cdnow", "columns.left_censored_days=183")
    assert message.startswith("data, 0 new clients until the last day, must be at least 30")
    assert "columns.left_censored_days=0" in message


def test_short_forms_are_written_out() -> None:
    assert long_forms(["data=a.csv", "columns=cdnow", "columns.client=x", "seed=2"]) == [
        "file=a.csv",
        "data@columns=cdnow",
        "++columns.client=x",
        "seed=2",
    ]


MAPPINGS = sorted(path for path in (ROOT / "configs" / "data").glob("*.yaml") if path.stem != "recognised")


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_every_mapping_is_valid_and_says_when_to_choose_it(path: Path) -> None:
    assert path.read_text().startswith("# ")
    load(Columns, yaml.safe_load(path.read_text()), "columns")


def test_the_last_day_is_that_of_the_last_visit_not_of_a_cancelled_booking(tmp_path: Path) -> None:
    rows = [f"c{i},2020-0{1 + i % 6}-1{i % 9},ok" for i in range(60)] + ["c1,2021-12-01,gone"]
    path = tmp_path / "rows.csv"
    path.write_text("client,date,end\n" + "\n".join(rows) + "\n")
    statuses = ["+columns.statuses.ok=done", "+columns.statuses.gone=cancelled_by_client"]
    overrides = long_forms([f"data={path}", "columns=bookings", "columns.status=end", *statuses])
    job = make_calibration(compose_settings("calibrate", overrides))
    assert job.until_day == int(job.visits.done().day.max())
    assert np.datetime64(job.until_day, "D") < np.datetime64("2021-01-01")
