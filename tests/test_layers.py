"""The order of imports: what a module may know of is what stands to its left."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.jit import ANALYSIS

SIM = Path(__file__).resolve().parent.parent / "sim"

MODEL = (
    ("jit", "config"),
    ("draws",),
    ("calendar",),
    ("population",),
    ("rules",),
    ("views",),
    ("log", "truth", "scores", "allocators", "programmes"),
    ("plugins",),
    ("engine",),
)
"""From left to right; those that stand side by side do not know of one another."""

ALLOWED = {name: {other for group in MODEL[:i] for other in group} for i, group in enumerate(MODEL) for name in group}
# finished logs are read by people who know nothing of how they came about
ALLOWED |= {"metrics": {"log", "rules"}, "statistics": set(), "calibration": {"config", "statistics"}}
ALLOWED["charts"] = {"metrics", "statistics", "calibration"}
ALLOWED["report"] = {"metrics", "statistics", "calibration", "charts"}

ONLY_IN = {
    "simpy": {"engine"},
    "numba": {"jit", "draws"},
    "llvmlite": {"draws"},
    "matplotlib": {"charts", "report"},
    "jinja2": {"report"},
}
NOWHERE = ("hydra", "omegaconf", "experiments", "tests", "benchmarks")


def imports(path: Path, folder: Path) -> Iterator[tuple[str, ...]]:
    """Every module that a file below ``folder`` (the package sim) imports, anywhere in it, as the parts of its absolute name."""
    package = ("sim", *path.relative_to(folder).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            base = (*start, *(node.module.split(".") if node.module else ()))
            # ``from sim import rules`` names a module, ``from sim.rules import NEVER`` a constant
            yield from ((*base, name.name) if base == ("sim",) else base for name in node.names)


def layer(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0].removesuffix(".py")


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if path != folder / "__init__.py"]


def arrows_to_the_right(folder: Path) -> list[str]:
    """Imports that the layers do not allow, as ``scores/x.py -> sim.engine``."""
    found = []
    for path in files(folder):
        here = layer(path, folder)
        for target in imports(path, folder):
            if target[0] in NOWHERE or here not in ONLY_IN.get(target[0], {here}):
                found.append(f"{path.relative_to(folder).as_posix()} -> {target[0]}")
            elif target[0] == "sim" and (len(target) == 1 or target[1] not in ALLOWED[here] | {here}):
                found.append(f"{path.relative_to(folder).as_posix()} -> {'.'.join(target[:2])}")
    return found


def test_every_module_of_sim_has_its_place_in_the_order() -> None:
    assert {layer(path, SIM) for path in files(SIM)} == set(ALLOWED)


def test_no_import_points_to_the_right() -> None:
    assert arrows_to_the_right(SIM) == []


def test_the_package_itself_imports_nothing() -> None:
    # importing one module of sim must pull in neither the others nor the commands; what a type checker reads is never run
    tree = ast.parse((SIM / "__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    run = {name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for name in [ast.unparse(node)]}
    assert run == {"from importlib import import_module", "from typing import TYPE_CHECKING, Any"}


def test_importing_the_model_loads_neither_the_commands_nor_hydra() -> None:
    program = "import sys, sim.engine.run; print(sorted({'experiments', 'hydra', 'omegaconf'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=SIM.parent, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_only_reads_logs_holds_no_compiled_code() -> None:
    # an edit there starts no new folder of compiled code, so nothing compiled may live there
    assert set(ANALYSIS) == {"metrics", "statistics", "calibration", "charts", "report"}
    for name in ANALYSIS:
        assert not {"jit", "draws", "engine"} & ALLOWED[name]
        for path in (SIM / name).rglob("*.py"):
            names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
            assert not names & {"compiled", "njit", "jit"}, path.name


@pytest.mark.parametrize(
    ("file", "line", "arrow"),
    [
        ("scores/new.py", "from sim.allocators.base import Allocator", "scores/new.py -> sim.allocators"),
        ("allocators/new.py", "import sim.scores.fidelity as f", "allocators/new.py -> sim.scores"),
        ("allocators/new.py", "from ..engine import run", "allocators/new.py -> sim.engine"),
        ("allocators/new.py", "from .. import engine", "allocators/new.py -> sim.engine"),
        ("rules.py", "from . import truth", "rules.py -> sim.truth"),
        ("rules.py", "def f():\n    from sim import engine", "rules.py -> sim.engine"),
        ("metrics/new.py", "from sim.engine.world import World", "metrics/new.py -> sim.engine"),
        ("statistics/new.py", "from sim.log import RunLog", "statistics/new.py -> sim.log"),
        ("charts/new.py", "from sim import log", "charts/new.py -> sim.log"),
        ("config.py", "import sim", "config.py -> sim"),
        ("plugins.py", "from omegaconf import OmegaConf", "plugins.py -> omegaconf"),
        ("engine/new.py", "import hydra.utils", "engine/new.py -> hydra"),
        ("rules.py", "import simpy", "rules.py -> simpy"),
    ],
)
def test_an_arrow_to_the_right_is_seen(tmp_path: Path, file: str, line: str, arrow: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(line + "\n")
    assert arrows_to_the_right(tmp_path) == [arrow]


def test_an_arrow_to_the_left_or_to_the_side_is_fine(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    lines = (
        "import math\nfrom sim import rules\nfrom sim.views import History\nfrom sim.scores.base import Score\nfrom . import base\n"
    )
    (tmp_path / "scores" / "new.py").write_text(lines)
    assert arrows_to_the_right(tmp_path) == []
