"""The lab as a user runs it."""

import csv
import json
import shutil

import pytest

from experiments.lab import main
from experiments.report import main as report
from tests.experiments.trials.test_judging import FEW

DESIGNS = ("client", "pro", "two_sided", "zone", "switchback", "zone_switchback", "before_after")


@pytest.fixture(scope="module")
def out(tmp_path_factory, sketched):
    folder = tmp_path_factory.mktemp("lab")
    assert main([*FEW, "designs.before_after.stage_days=30", f"out={folder / 'out'}", f"store={folder / 'store'}"]) == 0
    return folder / "out"


def test_every_design_has_a_row_and_the_plan_says_what_was_assumed(out) -> None:
    with (out / "designs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(dict.fromkeys(row["design"] for row in rows)) == DESIGNS
    for row in rows:
        assert float(row["bias_low"]) <= float(row["bias"]) <= float(row["bias_high"])
        assert row["experiments"] == "4"
    plan = json.loads((out / "plan.json").read_text())
    assert plan["assumed"]["control"] == "uniform"
    if plan["recommended"] is not None:
        assert plan["recommended"]["design"] in DESIGNS


def test_the_page_comes_again_from_the_folder_in_another_language(out) -> None:
    before = (out / "report.html").read_bytes()
    assert report([f"out={out}", "lang=fr"]) == 0
    assert "Quelle expérience" in (out / "report.html").read_text()
    assert report([f"out={out}", "lang=en"]) == 0
    assert (out / "report.html").read_bytes() == before


def test_the_rollout_and_one_experiment_are_there_for_other_programs(out) -> None:
    with (out / "rollout.csv").open() as file:
        policies = {row["policy"] for row in csv.DictReader(file)}
    assert policies == {"uniform", "wecasa_2025", "worst_first"}
    assert [stage["week"] for stage in json.loads((out / "plan.json").read_text())["stages"]] == [1, 3, 5, 7]
    with (out / "export" / "assignments.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["experiment_id"] for row in rows} == {"wecasa_2025_client"}
    assert {row["variation"] for row in rows} == {"uniform", "wecasa_2025"}
    assert {"facts.csv", "eppo.yaml", "growthbook.json", "statsig.json"} <= {path.name for path in (out / "export").iterdir()}


def test_what_a_later_run_does_not_have_does_not_stay(out, tmp_path) -> None:
    later = tmp_path / "out"
    shutil.copytree(out, later)
    (later / "export" / "notes.txt").write_text("of the user")
    small = ("design=[zone]", "rollout.bad=null", f"out={later}", f"store={out.parent / 'store'}")
    assert main([*FEW, *small]) == 0
    # zones are assigned, no clients: no platform could read it
    assert [path.name for path in (later / "export").iterdir()] == ["notes.txt"]
    assert {path.name for path in later.glob("*.csv")} == {"designs.csv"}


def test_bad_input_ends_with_two_and_leaves_nothing(tmp_path, capsys) -> None:
    assert main([*FEW, "design=[clients]", f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]) == 2
    assert "unknown design" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "store").exists()
