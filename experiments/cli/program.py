"""What to type for a command, in the form in which this process was started."""

import sys
from pathlib import Path

SCRIPT = "mission-dispatch"
"""The console script of an installed package."""


def by_script() -> bool:
    """Whether this process was started by the console script."""
    return bool(sys.argv) and Path(sys.argv[0]).stem == SCRIPT


def program(command: str) -> str:
    """``mission-dispatch compare``, or ``python -m experiments.compare``."""
    return f"{SCRIPT} {command}" if by_script() else f"python -m experiments.{command}"
