"""No code looks a part up by its name: a part says in its yaml which section it serves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
NAMES = {
    name for path in (ROOT / "configs" / "experiment").glob("*.yaml") for name in yaml.safe_load(path.read_text()).get("parts", {})
}
MODULES = sorted(path for folder in ("sim/report/answers", "experiments/studies") for path in (ROOT / folder).rglob("*.py"))
NOT_OF_PARTS = {
    "settings['budget']": "a key of the configuration",
    "row.effect == 'interaction'": "a kind of effect",
}
"""Places where a word that is also the name of a part stands for something else."""


def _words(node: ast.expr) -> Iterator[str]:
    """Literal texts of an expression, those in a tuple, list or set, too."""
    for inner in node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]:
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def by_name(code: str) -> list[str]:
    """Where code uses the name of a part as a key, in a comparison or in a pattern."""
    found = []
    for node in ast.walk(ast.parse(code)):
        used: list[ast.expr] = []
        if isinstance(node, ast.Subscript):
            used = [node.slice]
        elif isinstance(node, ast.Compare):
            used = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("get", "pop", "setdefault", "startswith", "endswith"):
                used = node.args[:1]
        elif isinstance(node, ast.MatchValue):
            used = [node.value]
        if NAMES.intersection(word for one in used for word in _words(one)):
            found.append(ast.unparse(node))
    return [place for place in found if place not in NOT_OF_PARTS]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_of_studies_knows_a_part_by_its_name(path: Path) -> None:
    assert by_name(path.read_text()) == []


@pytest.mark.parametrize(
    "code",
    [
        "parts['ladder']",
        "parts.get('growth')",
        "name == 'surface'",
        "part.name in ('scores', 'rules')",
        "'capacity' in parts",
        "match name:\n    case 'stages':\n        pass",
    ],
)
def test_a_name_of_a_part_in_code_is_found(code: str) -> None:
    assert by_name(code)


@pytest.mark.parametrize("place", NOT_OF_PARTS)
def test_every_exception_is_still_there(place: str) -> None:
    assert any(place == ast.unparse(node) for path in MODULES for node in ast.walk(ast.parse(path.read_text())))
