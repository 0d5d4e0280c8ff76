import csv
import hashlib
import json
import math

import pyarrow.parquet as pq
import pytest

from experiments.execution.store import load_run
from tests.commands import run

pytestmark = pytest.mark.usefixtures("sketched")

SMALL = (
    "market.horizon_days=460",
    "market.warmup_days=60",
    "longest_window_months=12",
    "market.clients.arrivals_per_day=3",
    "market.pros.n=20",
    "replications=2",
    "executor=serial",
)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    arguments = ["arm=[uniform,wecasa_2025,oracle]", *SMALL, f"out={folder / 'out'}", f"store={folder / 'store'}"]
    assert run("compare", arguments) == 0
    return folder, arguments


def test_the_out_folder_has_tables_charts_config_manifest_and_report(done):
    out = done[0] / "out"
    names = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert names == {"summary.csv", "differences.csv", "people.csv", "config.yaml", "manifest.json", "figures", "report.html"} | {
        "report.md",
        "report.npz",
        "scorecard.json",
    }
    charts = {path.name for path in (out / "figures").iterdir()}
    for name in ("differences", "second_booking", "payback", "exposure", "score_truth", "new_pro"):
        assert {f"{name}.png", f"{name}.svg"} <= charts


def test_the_tables_have_the_promised_columns_and_a_row_an_arm_and_metric(done):
    out = done[0] / "out"
    summary, differences = rows(out / "summary.csv"), rows(out / "differences.csv")
    assert list(summary[0]) == ["arm", "metric", "mean", "half_width", "n"]
    assert list(differences[0])[:9] == ["arm", "control", "metric", "difference", "low", "high", "p_value", "n", "verdict"]
    assert list(differences[0])[9:] == ["boot_low", "boot_high", "correlation", "variance_ratio"]
    assert {row["arm"] for row in differences} == {"wecasa_2025", "oracle"}
    assert {"return_rate_6m", "fill_rate", "share_of_oracle_gain"} <= {row["metric"] for row in summary}
    # windows of 24 months do not fit, so those metrics are left out rather than reported as undefined
    assert "contribution_per_client_24m_eur" not in {row["metric"] for row in summary}


def test_the_difference_is_that_of_the_stored_runs(done):
    folder = done[0]
    manifest = json.loads((folder / "out" / "manifest.json").read_text())

    def rate(arm, replication):
        return load_run(folder / "store", manifest["runs"][f"{arm}/{replication}"]).metrics["return_rate_6m"]

    expected = sum(rate("oracle", r) - rate("uniform", r) for r in range(2)) / 2
    found = [r for r in rows(folder / "out" / "differences.csv") if r["arm"] == "oracle" and r["metric"] == "return_rate_6m"]
    assert float(found[0]["difference"]) == pytest.approx(expected)
    assert found[0]["n"] == "2"


def test_the_manifest_says_how_to_get_the_same_again(done):
    manifest = json.loads((done[0] / "out" / "manifest.json").read_text())
    assert manifest["seed"] == 1
    assert manifest["command"].startswith("python -m experiments.compare 'arm=[uniform,wecasa_2025,oracle]'")
    assert set(manifest["versions"]) >= {"numpy", "scipy", "numba", "simpy", "python"}
    assert len(manifest["runs"]) == 6


def test_a_second_call_simulates_nothing_and_gives_the_same_bytes(done, tmp_path, capsys):
    folder, arguments = done
    again = [argument for argument in arguments if not argument.startswith("out=")] + [f"out={tmp_path / 'again'}"]
    assert run("compare", again) == 0
    assert "0 of 6 runs simulated now" in capsys.readouterr().out

    def digests(out):
        return {
            path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in out.rglob("*")
            if path.is_file() and path.name not in ("manifest.json", "config.yaml")
        }

    assert digests(tmp_path / "again") == digests(folder / "out")


def test_the_table_on_the_terminal_names_every_arm_and_the_report(done, tmp_path, capsys):
    folder, arguments = done
    assert run("compare", arguments) == 0
    text = capsys.readouterr().out
    for arm in ("uniform", "wecasa_2025", "oracle"):
        assert f"\n{arm} " in text
    assert "- wecasa_2025: " in text
    assert str(folder / "out" / "report.html") in text
    assert "\nDecision: " in text
    assert max(len(line) for line in text.split("\n- ")[0].splitlines()) <= 120


BAD = {
    "arm=[uniform,nope]": "arm = 'nope', unknown arm",
    "precision_metric=return_rate": "precision_metric = 'return_rate', did you mean return_rate_6m? It must be a metric that",
    "precision_metric=contribution_per_client_24m_eur": "_24m_eur', must be a metric that longest_window_months leaves time for: ",
    "control=rating": "control = 'rating', must be one of the arms: uniform, oracle",
    "replications=0": "replications = 0",
    "replications=true": "replications = True",
    "seed=-1": "seed = -1",
    "engine=warp": "engine = 'warp'",
    "+typo=1": "typo = 1, unknown key",
    "market.clients.typo=1": "market.clients.typo = 1, unknown key",
    "market.clients.one_time_share=1.5": "market.clients.one_time_share = 1.5",
    "market.horizon_days=420": "market.horizon_days = 420, must be > warmup_days + 365",
    "longest_window_months=7": "longest_window_months = 7",
    "arms.uniform.allocator._target_=os.system": "arms.uniform.allocator._target_ = 'os.system'",
    "market.name=${oc.env:HOME}": "market.name = '${oc.env:HOME}', must not call a resolver",
}


@pytest.mark.parametrize("override", BAD)
def test_bad_input_is_one_message_and_nothing_is_written(override, tmp_path, capsys):
    out, store = tmp_path / "out", tmp_path / "store"
    arguments = ["arm=[uniform,oracle]", *SMALL, f"out={out}", f"store={store}", override]
    kept = [a for a in arguments if a == override or a.split("=")[0] != override.split("=")[0]]
    assert run("compare", kept) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert BAD[override] in captured.err
    assert captured.out == ""
    assert not out.exists()
    assert not store.exists()


def test_a_folder_with_other_files_is_not_touched(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("precious")
    assert run("compare", ["arm=[uniform]", *SMALL, f"out={tmp_path}", f"store={tmp_path / 'store'}"]) == 2
    assert "must be a new or empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_help_explains_the_overrides(capsys):
    with pytest.raises(SystemExit) as stop:
        run("compare", ["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for word in ("arm=[", "control=", "replications=", "seed=", "market=", "out=", "store=", "SIM_PLUGINS"):
        assert word in text


HELP = {
    "compare": (
        ("control=", "replications=", "precision=", "studied=", "decision.", "report.lang="),
        ("\n  metric=", "delta="),
    ),
    "realism": (("control=", "replications=", "market=", "out=", "report.lang="), ("studied=", "precision=")),
    "select": (("metric=", "delta=", "procedure=", "budget="), ("control=", "replications=", "studied=", "precision")),
}


@pytest.mark.parametrize("job", HELP)
def test_help_has_the_overrides_of_the_job_and_not_those_of_others(job, capsys):
    there, absent = HELP[job]
    with pytest.raises(SystemExit):
        run(job, ["--help"])
    text = capsys.readouterr().out.partition("overrides (")[2]
    assert [word for word in there if word not in text] == []
    assert [word for word in absent if word in text] == []
    assert max(map(len, text.splitlines())) <= 132


def test_the_whole_configuration_can_be_shown(capsys):
    assert run("compare", ["arm=[uniform]", "--show-config"]) == 0
    assert "one_time_share: 0.53" in capsys.readouterr().out


POLICY = '''
from dataclasses import dataclass
import numpy as np


@dataclass(frozen=True)
class {name}:
    """Newcomers first."""

    boost: float

    def visibility(self, pros, now_days):
        return {body}
'''


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("Good", "np.where(pros.completed_sessions < 30, self.boost, 1.0)", None),
        ("Shape", "np.ones(3)", "has shape (3,), must be (20,) or (4, 20)"),
        ("Nan", "np.full(pros.n_pros, np.nan)", "holds nan for pro 0, must be finite and >= 0"),
        ("Negative", "-np.ones(pros.n_pros)", "holds -1 for pro 0, must be finite and >= 0"),
        ("Zero", "np.zeros(pros.n_pros)", "is all zero, must be > 0 for at least one pro"),
        ("Writes", "pros.completed_sessions.fill(0)", "read-only"),
    ],
)
def test_a_policy_of_one_s_own_package_joins_with_one_yaml(name, body, message, tmp_path, monkeypatch, capsys):
    package = tmp_path / f"team_{name.lower()}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "policy.py").write_text(POLICY.format(name=name, body=body))
    folder = tmp_path / "configs" / "allocator"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(f"_target_: {package.name}.policy.{name}\nboost: 2.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SIM_PLUGINS", package.name)
    out = tmp_path / "out"
    arguments = ["arm=[uniform,mine]", *SMALL, "replications=1", f"out={out}", f"store={tmp_path / 'store'}"]
    arguments.remove("replications=2")
    code = run("compare", [*arguments, "--config-dir", str(tmp_path / "configs")])
    captured = capsys.readouterr()
    if message is None:
        assert code == 0
        assert "- mine: " in captured.out
        assert any(row["arm"] == "mine" and math.isfinite(float(row["mean"])) for row in rows(out / "summary.csv"))
    else:
        assert code == 1
        assert message in captured.err
        assert "arm=mine replication=0 seed=1" in captured.err
        assert not out.exists()


def test_a_studied_arm_that_does_not_exist_is_refused_and_one_that_is_not_compared_is_not(tmp_path, capsys):
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}", "market=minimal", "market.pros.n=0"]
    assert run("compare", ["arm=[uniform,rating]", "studied=ratnig", *folders]) == 2
    assert "market.pros.n = 0" in capsys.readouterr().err, "the market comes first"
    assert run("compare", ["arm=[uniform,rating]", "studied=ratnig", *folders[:-1]]) == 2
    assert "studied = 'ratnig', must be the name of an arm; did you mean rating?" in capsys.readouterr().err


def test_an_export_holds_the_runs_their_bookings_and_the_effects(done, tmp_path):
    folder, arguments = done
    assert run("compare", [*arguments[:-2], f"out={tmp_path / 'out'}", arguments[-1], f"export={tmp_path / 'tables'}"]) == 0
    tables = {path.stem: pq.read_table(path) for path in (tmp_path / "tables").glob("*.parquet")}
    assert set(tables) == {"runs", "effects", "bookings", "columns"}
    runs, effects, bookings = (tables[name].to_pylist() for name in ("runs", "effects", "bookings"))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {f"{row['arm']}/{row['replication']}": row["run"] for row in runs} == manifest["runs"]
    assert "export" not in manifest["command"]
    # the difference of the file is that of the runs
    rate = {(row["arm"], row["replication"]): row["return_rate_6m"] for row in runs}
    expected = sum(rate["oracle", r] - rate["uniform", r] for r in range(2)) / 2
    (found,) = [row for row in effects if (row["arm"], row["metric"]) == ("oracle", "return_rate_6m")]
    assert found["difference"] == pytest.approx(expected)
    # no bootstrap below 30 replications
    assert found["boot_low"] is None
    # what did not happen is null: a request that no pro accepted has no pro
    asked = [row for row in bookings if (row["arm"], row["replication"]) == ("oracle", 1)]
    log = pq.read_table(folder / "store" / manifest["runs"]["oracle/1"] / "bookings.parquet").to_pylist()
    assert len(asked) == len(log)
    assert [row["pro"] is None for row in asked] == [row["pro"] < 0 for row in log]
    assert all((row["assigned_days"] is None) == (row["pro"] is None) for row in asked)
