"""Commands: ``python -m experiments.<name> --help``, or ``mission-dispatch <name> --help`` once installed."""

import os
import signal
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType

SCRIPT = "mission-dispatch"
"""The console script of an installed package."""

_by_script = Path(sys.argv[0]).stem == SCRIPT if sys.argv else False


def program(command: str) -> str:
    """What to type for a command, in the form in which this process was started."""
    return f"{SCRIPT} {command}" if _by_script else f"python -m experiments.{command}"


def _stop(number: int, frame: FrameType | None) -> None:
    """An interrupt while libraries are imported or the model is compiled ends the command at once, in one line.

    Not by an exception: numpy and numba catch those that come up in the middle of their work, and go on, or tell of something else.
    Nothing runs yet then. Once something does, ``exits.exit_code`` is there for the exception.
    """
    places = set()
    while frame is not None:
        places.add((frame.f_globals.get("__name__"), frame.f_code.co_name))
        frame = frame.f_back
    if ("experiments.exits", "exit_code") in places and ("experiments.runner", "_compile") not in places:
        raise KeyboardInterrupt
    os.write(2, b"\nstopped; finished runs are kept in the store, the same command goes on from there\n")
    os._exit(130)


# of our own commands only, never of a program that imports this package
_ours = _by_script or any(option == "-m" and name.startswith("experiments.") for option, name in pairwise(sys.orig_argv))
if _ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _stop)
