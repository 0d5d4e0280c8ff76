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

from sim.calibration.realism import MEANINGS as CHECKS
from sim.charts.effects import factor_words
from sim.metrics.catalogue import METRICS
from sim.report import told
from sim.report.answers.page import INTENSITY
from sim.report.assumptions import OF_A_COMPARISON, OF_A_STUDY
from sim.report.calibration import MONTHS, WEEKDAYS
from sim.report.decision import FOLLOWS, NAMES
from sim.report.page import HASHES, WHO
from sim.report.realism import TARGETS, Line
from sim.report.study import DESIGNS, QUESTION
from sim.statistics.comparison import Verdict
from sim.statistics.limits import LimitVerdict
from sim.statistics.precision import NOTE
from sim.words.units import WRITINGS

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = (ROOT / "sim" / "words", ROOT / "sim" / "charts", ROOT / "sim" / "report")
REPLAYED = (ROOT / "sim" / "calibration" / "requests.py", *sorted((ROOT / "experiments" / "replays").glob("*.py")))
"""Where lines of the data-quality table of a replay are written."""
MEANINGS = [one.meaning.replace("``", "").partition(". ")[0].partition(";")[0].rstrip(".") + "." for one in METRICS]


def in_code(path: Path) -> Iterator[str]:
    """Texts given to ``t``, and plurals given to ``tn``, in a module; each must be a literal."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("t", "tn"):
            text = node.args[0 if node.func.id == "t" else 1]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def in_template(path: Path) -> Iterator[str]:
    """Texts given to ``_``, and plurals given to ``_n``, in a template."""
    for node in jinja2.Environment(autoescape=True).parse(path.read_text()).find_all(jinja2.nodes.Call):
        if isinstance(node.node, jinja2.nodes.Name) and node.node.name in ("_", "_n"):
            text = node.args[0 if node.node.name == "_" else 1]
            assert isinstance(text, jinja2.nodes.Const), f"{path.name}: a text is not a literal"
            yield text.value


def in_issues(path: Path) -> Iterator[str]:
    """Texts of lines of a data-quality table: what, unit and treatment."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Issue":
            for place in (0, 2, 3):
                literals = [
                    one for one in ast.walk(node.args[place]) if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
                assert literals, f"{path.name}:{node.lineno}: a text is not a literal"
                yield from (one.value for one in literals if one.value)


def named() -> Iterator[str]:
    """Texts that are looked up by what they are, not where they are written."""
    for writing in WRITINGS.values():
        yield from (name for name in (writing.name, writing.difference_name) if name)
    yield from (one.label for one in METRICS)
    yield from MEANINGS
    yield from (*get_args(Verdict), *get_args(LimitVerdict), *get_args(Line.verdict.fget.__annotations__["return"]))
    yield from (*NAMES.values(), *(text for text in FOLLOWS.values() if text))
    yield from (*OF_A_COMPARISON, *OF_A_STUDY, NOTE, *HASHES, *WHO, *(one.source for one in TARGETS))
    for path in REPLAYED:
        yield from in_issues(path)
    for path in sorted((ROOT / "configs" / "arm").glob("*.yaml")):
        yield from [spec for key, spec in yaml.safe_load(path.read_text()).items() if key == "description"]
    yield from (INTENSITY, QUESTION, *DESIGNS, *told.SELECTION, *told.QUALITY, *told.CALIBRATION, told.PERIOD)
    yield from (*WEEKDAYS, *MONTHS, *CHECKS.keys(), *CHECKS.values())
    for path in sorted((ROOT / "configs" / "experiment").glob("*.yaml")):
        yield from of_study(yaml.safe_load(path.read_text()))


def of_study(settings: dict[str, Any]) -> Iterator[str]:
    """Questions, rule, steps and factors of a study of several parts as it comes with this program."""
    yield from (settings["question"], settings["decision_rule"])
    for part in settings["parts"].values():
        yield part["question"]
        yield from (arm["step"] for arm in part["arms"].values() if "step" in arm)
        yield from (factor_words(key) for key in part.get("factors", {}))


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
