"""Plain English, for a colleague who is tired: phrases that a native reader stumbles over, and what to write instead."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("sim", "experiments", "configs", "docs", "benchmarks", "notebooks", "tests")
FILES = ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "mkdocs.yml")
SUFFIXES = {".py", ".md", ".yaml", ".toml", ".j2", ".ipynb", ".css", ".js"}
INSTEAD = {
    r"\bof now\b": "current",
    r"\b(rule|one|score|market|run|setting) of today\b": "today's",
    r"\btold of\b": "is reported, is given",
    r"\bin the air\b": "in flight",
    r"\bfor who (can|cannot|has|have|is|are)\b": "for those who; for a picture: alternative text",
    r"\bby lot\b": "at random, by weight",
    r"\bas far as a look\b": "checks for at most n seconds",
    r"\bwhat becomes of\b": "what happens to",
    r"\bthat there is not\b": "unknown",
    r"\b(say|says|said) of\b": "says about",
    r"\bsa(y|ys|id) nothing of\b": "says nothing about",
}


def texts():
    folders = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES]
    return [path for path in [*(ROOT / name for name in FILES), *folders] if path != Path(__file__).resolve()]


@pytest.mark.parametrize("phrase", INSTEAD)
def test_nobody_stumbles(phrase):
    pattern = re.compile(phrase, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"write {INSTEAD[phrase]!r} instead:\n" + "\n".join(found)


def test_every_kind_of_text_is_read():
    names = {path.relative_to(ROOT).as_posix() for path in texts()}
    assert {"README.md", "sim/words/glossary.md", "configs/compare.yaml", "sim/report/template.html.j2", "docs/design.md"} <= names
    assert "sim/words/languages/fr.toml" in names
