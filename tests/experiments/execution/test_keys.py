import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.execution import keys
from experiments.execution.jobs import Job, measured
from experiments.execution.keys import SIM, is_shared, origin, reached, run_key, shared_digest, source_of
from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import CONFIGS, compose_settings
from sim.arrays import Floats
from sim.config import ConfigError, Market
from sim.designs.client import Client
from sim.designs.pro import Pro
from sim.engine.platform import Arm
from sim.engine.trial import Trial
from sim.views import ProView
from tests.markets import arm, market

SMALL = ("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=5")


@dataclass(frozen=True)
class Mine:
    parameter: Any = 1.0

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return np.ones(pros.n_pros)


@dataclass(frozen=True)
class Other(Mine):
    pass


def test_the_key_changes_with_policy_parameters_seed_replication_and_versions_and_not_with_names(monkeypatch):
    world, policy = market(*SMALL), arm("wecasa_2025")
    key = run_key(world, policy, 1, 0)
    assert key == run_key(world, dataclasses.replace(policy, name="another name", description="text"), 1, 0)
    mine = dataclasses.replace(policy, allocator=Mine())
    others = [
        run_key(world, arm("wecasa_2025", "score.min_sessions=31"), 1, 0),
        run_key(world, arm("wecasa_2025", "allocator.strength=1.1"), 1, 0),
        run_key(world, policy, 2, 0),
        run_key(world, policy, 1, 1),
        run_key(world, mine, 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine(2.0)), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Other()), 1, 0),
        # a parameter that is a policy itself, with equal fields
        run_key(world, dataclasses.replace(policy, allocator=Mine(Mine(1.0))), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine(Other(1.0))), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine({"a": 1.0})), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine((1.0, 2.0))), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine(np.array([1.0, 2.0]))), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine(frozenset({"b", "a"}))), 1, 0),
    ]
    monkeypatch.setattr(keys, "_origins", {})
    monkeypatch.setattr(keys, "versions", lambda: {"numpy": "0"})
    others.append(run_key(world, policy, 1, 0))
    assert len({key, *others}) == 1 + len(others)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        for name in node if isinstance(node, dict) else range(len(node)):
            yield from leaves(node[name], (*path, name))
    else:
        yield path


def changed(value: Any) -> list[Any]:
    """Neighbours of a value, some of which its rule allows."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 1.01, value * 0.99, value + 0.01]
    return [f"{value}_", "ranked", "weighted"] if isinstance(value, str) else [1.5, 1, 0.5]


def test_the_key_changes_with_every_part_of_an_experiment_and_not_with_the_name_of_its_arm():
    world, policy, other = market(*SMALL, "warmup_days=0"), arm("uniform"), arm("wecasa_2025")
    trial = Trial(other, Client(0.5), 10.0, 40.0)
    same = dataclasses.replace(trial, treated=dataclasses.replace(other, name="another name"))
    changes = [
        {"treated": arm("wecasa_2025", "allocator.strength=1.1")},
        {"design": Client(0.4)},
        {"design": Pro(0.5)},
        {"start_days": 11.0},
        {"days": 41.0},
        {"scores": "separate"},
        {"seed_of_split": 1},
    ]
    jobs = [Job(world, policy, 1, 0, trial=which) for which in (None, trial, same)]
    others = [Job(world, policy, 1, 0, trial=dataclasses.replace(trial, **change)) for change in changes]
    assert jobs[0].key == run_key(world, policy, 1, 0)
    assert jobs[1].key == jobs[2].key
    assert len({job.key for job in jobs + others}) == 2 + len(others)
    assert "sim.designs.client" in origin(world, policy, trial).source["modules"]


def test_a_job_runs_its_experiment_and_says_so():
    trial = Trial(arm("wecasa_2025"), Client(0.5), 10.0, 40.0)
    job = Job(market(*SMALL, "warmup_days=0"), arm("uniform"), 1, 0, trial=trial)
    log, _ = measured(job)
    assert set(log.bookings["group"]) == {-1, 0, 1}
    assert job.where == "arm=uniform against wecasa_2025 replication=0 seed=1"


def test_every_field_of_a_market_is_part_of_the_key():
    world, policy = market(preset="personal_care"), arm("uniform")
    key = run_key(world, policy, 1, 0)
    fields, refused = 0, []
    for path in leaves(world.model_dump()):
        fields += 1
        value = _at(world.model_dump(), path)
        for other in (other for other in changed(value) if other != value):
            dumped = world.model_dump()
            _at(dumped, path[:-1])[path[-1]] = other
            try:
                changed_market = Market.model_validate(dumped)
            except ValueError:
                continue
            assert run_key(changed_market, policy, 1, 0) != key, path
            break
        else:
            refused.append(path)
    # a share cannot change alone, since shares sum to one; nor can a field that must be as it is
    assert len(refused) < fields / 4, refused


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        node = node[name]
    return node


def test_order_and_comments_of_a_configuration_and_the_engine_change_nothing(tmp_path):
    folder = tmp_path / "market"
    folder.mkdir()
    original = (CONFIGS / "market" / "minimal.yaml").read_text()
    (folder / "same.yaml").write_text("# a comment\n" + original + "\n# another\n")
    ours = compose_settings("compare", ["arm=[uniform]", "market=minimal"])
    theirs = compose_settings("compare", ["arm=[uniform]", "market=same", "out=elsewhere", "workers=3"], [tmp_path])
    theirs["market"] = dict(reversed(theirs["market"].items()))
    runs = [Job(load_market(settings), load_arms(settings)["uniform"], 1, 0) for settings in (ours, theirs)]
    assert runs[0].key == runs[1].key
    assert runs[0].key == dataclasses.replace(runs[0], engine="simpy", label="elsewhere").key


def test_the_key_is_the_same_in_another_process_with_another_hash_seed():
    imports = "from tests.markets import arm, market; from experiments.execution.keys import run_key"
    code = f"{imports}; print(run_key(market(), arm('rating'), 1, 2))"
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == run_key(market(), arm("rating"), 1, 2)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source") / "sim"
    shutil.copytree(SIM, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def append(path: Path, text: str = "\n# edited\n") -> bytes:
    before = path.read_bytes()
    path.write_bytes(before + text.encode())
    return before


def test_every_file_that_a_run_reaches_is_in_its_digest_and_what_only_reads_results_is_not(copy):
    before = shared_digest(copy)
    for path in sorted(copy.rglob("*.py")):
        content = append(path)
        reads = path.relative_to(copy).parts[0] in (
            "statistics",
            "estimators",
            "offpolicy",
            "shadow",
            "bookings",
            "calibration",
            "forecasting",
            "worlds",
            "words",
            "charts",
            "report",
        )
        single = path.relative_to(copy).parts[0] in ("scores", "allocators", "designs") and path.stem not in ("base", "__init__")
        assert (shared_digest(copy) == before) == (reads or single), path
        assert is_shared(path, copy) == (not reads and not single)
        path.write_bytes(content)
    assert shared_digest(copy) == before
    (copy / "README.md").write_text("other words")
    (copy / "allocators" / "brand_new.py").write_text("x = 1\n")
    assert shared_digest(copy) == before
    (copy / "new_module.py").write_text("x = 1\n")
    assert shared_digest(copy) != before


def test_a_policy_reaches_what_it_imports_directly_or_through_others(copy):
    policies = copy / "allocators"
    (policies / "helper.py").write_text("from sim.allocators.deeper import x\n")
    (policies / "deeper.py").write_text("x = 1\n")
    (policies / "unrelated.py").write_text("x = 1\n")
    for line in (
        "from sim.allocators.helper import x",
        "from sim.allocators import helper",
        "import sim.allocators.helper as h",
        "from .helper import x",
        "from . import helper",
        "def late():\n    from ..allocators import helper",
    ):
        (policies / "policy.py").write_text(f"{line}\n")
        names = {path.name for path in reached([policies / "policy.py"], copy)}
        assert {"policy.py", "helper.py", "deeper.py"} <= names, line
        assert "unrelated.py" not in names
    for line in ("import importlib\nimportlib.import_module(name)", "__import__('sim.allocators.unrelated')", "exec(text)"):
        (policies / "policy.py").write_text(f"{line}\n")
        # it may import anything: everything counts
        assert "unrelated.py" in {path.name for path in reached([policies / "policy.py"], copy)}


def test_what_every_run_depends_on_imports_no_single_score_or_policy():
    # else a policy's source would have to be part of every key
    shared = [path for path in SIM.rglob("*.py") if is_shared(path, SIM)]
    for path in shared:
        found = {name for name in keys._imported(path, SIM) if name[0] == "sim" and name[1:2] and name[1] in keys.PLUGIN_FOLDERS}
        assert all(len(name) < 3 or name[2] in ("base", "__init__") for name in found), path


def test_an_edit_of_a_helper_anywhere_in_a_team_s_package_changes_the_key(tmp_path, monkeypatch):
    package = tmp_path / "team_keys"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "deep" / "__init__.py").touch()
    (package / "deep" / "helper.py").write_text("x = 1\n")
    (package / "policy.py").write_text("from team_keys.deep import helper\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SIM_PLUGINS", "team_keys")
    first = source_of(["team_keys.policy"])
    (package / "deep" / "helper.py").write_text("x = 2\n")
    keys._source.cache_clear()
    second = source_of(["team_keys.policy"])
    assert first["packages"] != second["packages"]
    (package / "deep" / "weights.csv").write_text("1,2\n")
    keys._source.cache_clear()
    third = source_of(["team_keys.policy"])
    assert third["packages"] != second["packages"], "a policy may read a file beside it"
    # a subclass of one of our policies depends on that policy, too
    (package / "policy.py").write_text("from sim.allocators.rating import Rating\n")
    keys._source.cache_clear()
    assert source_of(["team_keys.policy"])["policy"] != second["policy"]


def test_a_policy_that_cannot_be_told_from_another_is_refused():
    world, policy = market(*SMALL), arm("uniform")
    with pytest.raises(ConfigError, match=r"arms\.uniform\.allocator\.parameter = <object object .*, must be made of numbers"):
        run_key(world, dataclasses.replace(policy, allocator=Mine(object())), 1, 0)


def test_a_policy_of_a_notebook_cell_is_refused(monkeypatch):
    cell = dataclass(frozen=True)(type("Cell", (), {"visibility": Mine.visibility, "__module__": "__main__"}))
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    with pytest.raises(ConfigError, match="must be defined in a file"):
        run_key(market(*SMALL), Arm("cell", arm("uniform").score, cell()), 1, 0)
