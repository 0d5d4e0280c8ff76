"""What import contracts (``[tool.importlinter]`` in ``pyproject.toml``) cannot say: who may use which library, what loading the
model loads, and what the top of ``experiments`` holds."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from experiments.execution.keys import READERS
from experiments.main import commands
from sim.jit import ANALYSIS

ROOT = Path(__file__).resolve().parent.parent
SIM = ROOT / "sim"

ONLY_IN = {
    "simpy": {"engine"},
    "numba": {"jit", "draws"},
    "llvmlite": {"draws"},
    "matplotlib": {"charts", "report"},
    "jinja2": {"report"},
}
"""By library: the rooms of ``sim`` that may import it."""


def imported(path: Path) -> Iterator[str]:
    """Packages that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def modules_imported(path: Path) -> set[str]:
    """Modules from which a file imports names."""
    nodes = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom))
    return {node.module for node in nodes if node.module}


def room(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0].removesuffix(".py")


def out_of_place(folder: Path) -> list[str]:
    """Libraries in rooms that may not use them, as ``rules.py -> simpy``."""
    return [
        f"{path.relative_to(folder).as_posix()} -> {name}"
        for path in sorted(folder.rglob("*.py"))
        for name in imported(path)
        if room(path, folder) not in ONLY_IN.get(name, {room(path, folder)})
    ]


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Modules that import one another on some way round, imports within functions and for types alone included."""
    names = sorted(graph.modules)
    at = {name: i for i, name in enumerate(names)}
    arrows = [(at[name], at[other]) for name in names for other in graph.find_modules_directly_imported_by(name)]
    rows, columns = zip(*arrows, strict=True)
    matrix = coo_array(([1] * len(arrows), (rows, columns)), shape=(len(names), len(names)))
    n, circle = connected_components(matrix, directed=True, connection="strong")
    members: list[list[str]] = [[] for _ in range(n)]
    for name, i in zip(names, circle, strict=True):
        members[i].append(name)
    return [found for found in members if len(found) > 1]


def layers(contract: str) -> list[str]:
    """The rooms of a contract, the lowest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (one["layers"] for one in contracts if one["id"] == contract)
    return [name.strip() for line in reversed(found) for name in line.replace(":", "|").split("|")]


def test_libraries_stay_in_the_rooms_that_are_theirs() -> None:
    assert out_of_place(SIM) == []


@pytest.mark.parametrize(("file", "line"), [("rules.py", "import simpy.events"), ("metrics/new.py", "from numba import njit")])
def test_a_library_out_of_place_is_seen(tmp_path: Path, file: str, line: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(line + "\n")
    assert len(out_of_place(tmp_path)) == 1


def test_no_module_imports_itself_on_any_way_round() -> None:
    assert circles(grimp.build_graph("sim", "experiments", cache_dir=None)) == []


def test_a_circle_is_seen() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == [["a", "b", "c"]]


def test_only_one_file_knows_hydra() -> None:
    found = [path.name for path in (ROOT / "experiments").rglob("*.py") if {"hydra", "omegaconf"} & set(imported(path))]
    assert found == ["compose.py"]


def test_importing_the_model_loads_neither_the_commands_nor_hydra() -> None:
    program = "import sys, sim.engine.run; print(sorted({'experiments', 'hydra', 'omegaconf'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_itself_imports_nothing() -> None:
    assert list(imported(SIM / "__init__.py")) == []


def test_what_only_reads_logs_is_what_stands_above_the_engine_and_compiles_within_one_file() -> None:
    # an edit there starts no new folder of compiled code, so what is compiled may call nothing that is compiled in another file
    above = layers("sim")[layers("sim").index("engine") + 1 :]
    assert set(ANALYSIS) == set(above)
    assert set(READERS) == set(above) - {"metrics"}
    compiling = {path for name in ANALYSIS for path in (SIM / name).rglob("*.py") if "sim.jit" in modules_imported(path)}
    assert compiling
    names = {f"sim.{path.relative_to(SIM).with_suffix('').as_posix().replace('/', '.')}" for path in compiling}
    for path in compiling:
        assert not modules_imported(path) & names, path.name


def test_every_module_at_the_top_of_experiments_is_a_command() -> None:
    modules = {path.stem for path in (ROOT / "experiments").glob("*.py")} - {"__init__", "main"}
    assert modules == set(commands())
