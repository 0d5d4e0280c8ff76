"""Commands: ``python -m experiments.<name> --help``."""

import sys
from itertools import pairwise


def _say_how_to_go_on() -> None:
    """An interrupt while a command is still importing its libraries ends in one line, too."""
    before = sys.excepthook

    def hook(kind, error, trace):  # type: ignore[no-untyped-def]
        if issubclass(kind, KeyboardInterrupt):
            print("\nstopped; finished runs are kept in the store, the same command goes on from there", file=sys.stderr)
        else:
            before(kind, error, trace)

    sys.excepthook = hook


# of our own commands only, never of a program that imports this package
_words = sys.orig_argv
if any(option == "-m" and name.startswith("experiments.") for option, name in pairwise(_words)):
    _say_how_to_go_on()
