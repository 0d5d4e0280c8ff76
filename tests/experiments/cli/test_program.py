import sys

import pytest

from experiments.cli.program import program


@pytest.mark.parametrize(
    ("started", "typed"),
    [
        ("/usr/local/bin/mission-dispatch", "mission-dispatch study"),
        ("/work/experiments/study.py", "python -m experiments.study"),
    ],
)
def test_usage_names_what_was_typed(started, typed, monkeypatch):
    monkeypatch.setattr(sys, "argv", [started])
    assert program("study") == typed


def test_a_process_without_arguments_was_not_started_by_the_script(monkeypatch):
    monkeypatch.setattr(sys, "argv", [])
    assert program("study") == "python -m experiments.study"
