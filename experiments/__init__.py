"""Commands: ``python -m experiments.<name> --help``."""

import os
import signal
import sys
from itertools import pairwise
from types import FrameType


def _stop(number: int, frame: FrameType | None) -> None:
    """An interrupt while a command is still importing its libraries ends it at once, in one line.

    Not by an exception: libraries catch those that come up while they are imported, and tell of something else. Once the command
    runs, ``exits.exit_code`` is there for the exception.
    """
    while frame is not None:
        if frame.f_code.co_name == "exit_code" and frame.f_globals.get("__name__") == "experiments.exits":
            raise KeyboardInterrupt
        frame = frame.f_back
    os.write(2, b"\nstopped; finished runs are kept in the store, the same command goes on from there\n")
    os._exit(130)


# of our own commands only, never of a program that imports this package
_ours = any(option == "-m" and name.startswith("experiments.") for option, name in pairwise(sys.orig_argv))
if _ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _stop)
