"""Commands as a user runs them, in this process."""

from collections.abc import Sequence
from importlib import import_module


def run(name: str, arguments: Sequence[str] | None = None) -> int:
    """Run a command of the simulator; returns its exit code."""
    return int(import_module(f"experiments.{name}").main(arguments))
