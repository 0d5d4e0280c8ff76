import csv
import json

import numpy as np
import pytest

from experiments.execution.store import load_run
from experiments.selection import arms as selection_arms
from experiments.selection.finish import SELECTION
from tests.commands import run

pytestmark = pytest.mark.usefixtures("sketched")

SMALL = (
    "market.horizon_days=460",
    "market.warmup_days=60",
    "longest_window_months=12",
    "market.clients.arrivals_per_day=3",
    "market.pros.n=20",
    "executor=serial",
)
ARMS = "arm=[uniform,rating,cleaning_score]"
# a first look of 4 replications, in so small a market, leaves arms in the race
RACE = ("n0=4", "delta=.001", "procedure=kn++", "budget=90")


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("select")
    arguments = [ARMS, *SMALL, *RACE, f"store={folder / 'store'}"]
    assert run("select", [*arguments, f"out={folder / 'out'}"]) == 0
    return folder, arguments


def test_the_out_folder_has_tables_chart_config_and_manifest(done):
    out = done[0] / "out"
    names = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert names == {
        "selection.csv",
        "rounds.csv",
        "config.yaml",
        "manifest.json",
        "figures",
        "report.html",
        "report.md",
        "report.npz",
    }
    assert {path.name for path in (out / "figures").iterdir()} == {"selection.png", "selection.svg"}


def test_the_means_are_those_of_the_stored_runs_that_count(done):
    folder = done[0]
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    table = rows(folder / "out" / "selection.csv")
    assert list(table[0]) == list(SELECTION)
    assert {row["arm"] for row in table} == {"uniform", "rating", "cleaning_score"}
    for row in table:
        n = int(row["n"])
        assert manifest["replications"][row["arm"]] == n
        keys = [manifest["runs"][f"{row['arm']}/{replication}"] for replication in range(n)]
        values = [load_run(folder / "store", key).metrics["return_rate_6m"] for key in keys]
        assert float(row["mean"]) == pytest.approx(np.mean(values))
    assert len(manifest["runs"]) == sum(int(row["n"]) for row in table)
    assert [row["arm"] for row in table if row["best"] == "True"] == [table[0]["arm"]] == [manifest["best"]]
    assert float(table[0]["behind_best"]) == 0


def test_the_rounds_end_where_the_table_says(done):
    folder = done[0]
    last = {}
    for row in rows(folder / "out" / "rounds.csv"):
        last.setdefault(row["arm"], []).append(row)
    for row in rows(folder / "out" / "selection.csv"):
        of_arm = last[row["arm"]]
        assert int(of_arm[0]["replications"]) == 4
        assert of_arm[-1]["replications"] == row["n"]
        assert float(of_arm[-1]["mean"]) == pytest.approx(float(row["mean"]))
        assert (of_arm[-1]["in_race"] == "False") == (row["left_after"] == row["n"])
    assert len(last["uniform"]) > 1


@pytest.mark.parametrize("n_workers", [1, 13])
def test_a_second_call_gives_the_same_tables_for_any_number_of_workers(n_workers, done, tmp_path, monkeypatch, capsys):
    folder, arguments = done
    monkeypatch.setattr(selection_arms, "_workers", lambda plan: n_workers)
    assert run("select", [*arguments, f"out={tmp_path}"]) == 0
    if n_workers == 1:
        assert "\n0 of " in capsys.readouterr().out
    for name in ("selection.csv", "rounds.csv", "figures/selection.png"):
        assert (tmp_path / name).read_bytes() == (folder / "out" / name).read_bytes()


def test_a_spent_budget_is_no_failure_and_no_guarantee(done, tmp_path, capsys):
    folder, arguments = done
    assert run("select", [*arguments[:-1], "budget=13", f"store={folder / 'store'}", f"out={tmp_path}"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Stopped: no guarantee. The budget of 13 runs is spent; " in text
    assert "best so far" in text
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    # 3 arms x 4 first runs; the next round of 2 or 3 would go beyond 13
    assert manifest["replications"] == {"uniform": 4, "rating": 4, "cleaning_score": 4}
    assert not manifest["complete"]


def test_ocba_spends_its_budget_on_runs_with_random_numbers_of_their_own(tmp_path, capsys):
    arguments = [ARMS, *SMALL, "procedure=ocba", "n0=2", "budget=17", f"store={tmp_path / 's'}", f"out={tmp_path / 'o'}"]
    assert run("select", arguments) == 0
    text = capsys.readouterr().out
    assert "independent random numbers" in text
    assert "No guarantee" in text
    runs = json.loads((tmp_path / "o" / "manifest.json").read_text())["runs"]
    assert len(runs) == len({name.partition("/")[2] for name in runs}) == 17


BAD = {
    "arm=[uniform]": "arm = [uniform], must be two arms or more to choose from",
    "arm=[uniform,oracle,rating]": "arm = oracle, must be a policy that can be chosen, not a reference that knows the truth;"
    " without it: arm=[uniform,rating]",
    "arm=[oracle]": "arm = oracle, must be a policy that can be chosen",
    "metric=return_rate": "metric = 'return_rate', did you mean return_rate_6m?",
    "metric=same_pro_return_share": "metric = 'same_pro_return_share', has no direction that is good for everybody; must be",
    "metric=months_to_break_even": "metric = 'months_to_break_even', must be a metric that longest_window_months leaves time for",
    "delta=0": "delta = 0, input should be greater than 0",
    "delta=1": "delta = 1, must be < 1: return_rate_6m is a share, so that .003 is 0.3 points",
    "alpha=.7": "alpha = 0.7, must be within (0, 1 - 1 / the number of arms)",
    "alpha=1": "alpha = 1, input should be less than 1",
    "n0=1": "n0 = 1, input should be greater than or equal to 2",
    "procedure=kn+": "procedure = 'kn+', input should be 'kn', 'kn++' or 'ocba'",
    "procedure=ocba": "budget = None, must be given for ocba: it spends what it is given",
    "budget=5": "budget = 5, must be >= n0 * the number of arms = 20",
    "control=uniform": "control = uniform, unknown key",
    "replications=8": "replications = 8, unknown key",
}


@pytest.mark.parametrize("override", BAD)
def test_bad_input_is_one_message_and_nothing_is_written(override, tmp_path, capsys):
    out, store = tmp_path / "out", tmp_path / "store"
    arguments = ["arm=[uniform,rating]", *SMALL, f"out={out}", f"store={store}"]
    kept = [argument for argument in arguments if argument.split("=")[0] != override.split("=")[0]]
    assert run("select", [*kept, override]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {BAD[override]}")
    assert captured.out == ""
    assert not out.exists()
    assert not store.exists()


def test_a_metric_that_a_run_leaves_undefined_is_named_with_the_run(tmp_path, capsys):
    # nobody new joins, so that no pro has a first day from which to count
    arguments = ["arm=[uniform,rating]", *SMALL, "market.pros.share_at_start=1", "metric=new_pro_days_to_30_sessions", "n0=2"]
    assert run("select", [*arguments, "delta=5", f"out={tmp_path / 'o'}", f"store={tmp_path / 's'}"]) == 1
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("error: arm=uniform replication=0 seed=1: new_pro_days_to_30_sessions is not defined in this run")
    assert "Choose another metric" in message
    assert not (tmp_path / "o").exists()
