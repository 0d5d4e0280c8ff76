"""Simulate a home-services marketplace, and find out which dispatch policy brings more clients back.

The console script ``mission-dispatch``: each command is also ``python -m experiments.<command>``, with the same arguments.
"""

import ast
import importlib
import io
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from experiments.cli.interrupt import as_program
from experiments.cli.program import SCRIPT
from experiments.plans.suggest import did_you_mean

FIRST = ("compare", "study", "select", "realism", "calibrate", "replay", "report", "explore", "store")
"""Commands in the order in which somebody meets them; others follow by name."""


def commands() -> dict[str, tuple[str, str]]:
    """By name of a command, its module and what it does: every module of this package with a function ``main``.

    Modules are read, not imported: ``--help`` must not wait for numba.
    """
    found = {}
    for path in Path(__file__).parent.glob("*.py"):
        if path.stem == "main":
            continue
        tree = ast.parse(path.read_bytes())
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            words = " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
            found[path.stem] = (f"experiments.{path.stem}", words)
    order = {name: i for i, name in enumerate(FIRST)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(FIRST)), item[0])))


def help_text() -> str:
    """What ``--help`` prints."""
    known = commands()
    width = max(map(len, known))
    lines = [
        textwrap.fill(f"  {name.ljust(width)}  {words}", 110, subsequent_indent=" " * (width + 4))
        for name, (_, words) in known.items()
    ]
    return "\n".join(
        [
            f"usage: {SCRIPT} COMMAND [key=value ...]",
            "",
            (__doc__ or "").split("\n\n")[0].strip(),
            "",
            "commands:",
            *lines,
            "",
            f"{SCRIPT} COMMAND --help explains a command; out/ and results/ lie in the folder where you run it",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code of the command."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    if not words or words[0] in ("-h", "--help"):
        print(help_text())
        return 0
    known = commands()
    name, *rest = words
    if name not in known:
        near = did_you_mean(name, tuple(known))
        print(f"error: {name}, unknown command{near}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    return int(importlib.import_module(known[name][0]).main(rest))


def script() -> NoReturn:
    """The console script."""
    as_program(main)


if __name__ == "__main__":
    script()
