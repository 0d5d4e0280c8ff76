"""Every text that charts and reports show, found where it is written."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import jinja2
import yaml

from sim.calibration.likeness import Likeness
from sim.charts.effects import factor_words
from sim.metrics.catalogue import METRICS
from sim.metrics.watched import WATCHED
from sim.report.doctor import State
from sim.report.page import HASHES, WHO
from sim.report.published import Standing
from sim.statistics.comparison import Verdict
from sim.statistics.effects import TOGETHER
from sim.statistics.limits import LimitVerdict
from sim.words.units import WRITINGS

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = (ROOT / "sim", ROOT / "experiments")
PLACES = {"t": 0, "tn": 1, "say": 0}
"""By function that takes a text: which of its arguments that is; of plurals the catalogues have the English plural."""
MEANINGS = [one.meaning.replace("``", "").partition(". ")[0].partition(";")[0].rstrip(".") + "." for one in METRICS]


def in_code(path: Path) -> Iterator[str]:
    """Texts given to the functions of ``PLACES`` in a module."""
    for node in calls(path):
        text = node.args[PLACES[node.func.id]]  # type: ignore[attr-defined]
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield text.value


def calls(path: Path) -> Iterator[ast.Call]:
    """Calls of the functions of ``PLACES``, where a module takes them from ``sim.said`` or ``sim.words.language``."""
    tree = ast.parse(path.read_text())
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {one.name for node in froms if node.module in ("sim.said", "sim.words.language") for one in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names & PLACES.keys():
            yield node


def in_template(path: Path) -> Iterator[str]:
    """Texts given to ``_``, and plurals given to ``_n``, in a template."""
    for node in jinja2.Environment(autoescape=True).parse(path.read_text()).find_all(jinja2.nodes.Call):
        if isinstance(node.node, jinja2.nodes.Name) and node.node.name in ("_", "_n"):
            text = node.args[0 if node.node.name == "_" else 1]
            assert isinstance(text, jinja2.nodes.Const), f"{path.name}: a text is not a literal"
            yield text.value


def named() -> Iterator[str]:
    """Texts that are looked up by what they are, not where they are written."""
    for writing in WRITINGS.values():
        yield from (name for name in (writing.name, writing.difference_name) if name)
    yield from (one.label for one in (*METRICS, *WATCHED))
    yield from MEANINGS
    yield from (*get_args(Verdict), *TOGETHER.values(), *get_args(LimitVerdict), *get_args(Likeness), *get_args(State))
    yield from get_args(Standing)
    yield from (*HASHES, *WHO)
    for path in sorted((ROOT / "configs" / "arm").glob("*.yaml")):
        yield from [spec for key, spec in yaml.safe_load(path.read_text()).items() if key == "description"]
    for path in sorted((ROOT / "configs" / "worlds").glob("*.yaml")):
        yield from of_worlds(yaml.safe_load(path.read_text()))
    for path in sorted((ROOT / "configs" / "experiment").glob("*.yaml")):
        settings = yaml.safe_load(path.read_text())
        # one without parts is a search: its words are in comments
        yield from of_study(settings) if "parts" in settings else ()


def of_worlds(settings: dict[str, Any]) -> Iterator[str]:
    """Sources and measurements of plausible worlds as they come with this program."""
    for group in ("numbers", "switches"):
        yield from (one["source"] for one in settings[group].values())
    yield from (one["what"] for one in settings["measurements"].values())


def of_study(settings: dict[str, Any]) -> Iterator[str]:
    """Questions, rule, steps, factors and named levels of a study of several parts as it comes with this program."""
    yield from (settings["question"], settings["decision_rule"])
    for part in settings["parts"].values():
        yield part["question"]
        yield from (arm["step"] for arm in part["arms"].values() if "step" in arm)
        factors = part.get("factors", {})
        yield from (factor_words(key) for key in factors)
        yield from (level for levels in factors.values() if isinstance(levels, dict) for level in levels if not level.isdecimal())


@cache
def messages() -> tuple[str, ...]:
    """All of them, each once, in a fixed order."""
    found = []
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            found += in_code(path)
        for path in sorted(folder.rglob("*.j2")):
            found += in_template(path)
    return tuple(dict.fromkeys([*named(), *found]))


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def words(text: str) -> str:
    """A text without what is in braces."""
    return re.sub(r"\{\w+\}", "", text)
