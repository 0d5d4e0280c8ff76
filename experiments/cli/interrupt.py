"""An interrupt while libraries are imported or the model is compiled ends a command at once, in one line.

Not by an exception: numpy and numba catch those that come up in the middle of their work, and go on, or report something else.
Nothing runs yet then. Once something does, ``exits.exit_code`` is there for the exception.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

GO_ON = "stopped; finished runs are kept in the store, the same command goes on from there"
_ENDS_WELL = ("experiments.cli.exits", "exit_code")
_SIMULATES = ("experiments.execution.runner", "run")
_COMPILES = ("experiments.execution.runner", "compile_once")
_IMPORTS = "importlib._bootstrap"


def stop(number: int, frame: FrameType | None) -> None:
    """Handle an interrupt by where the process is: an exception where that ends well, the end of the process elsewhere."""
    places = set()
    while frame is not None:
        places.add((frame.f_globals.get("__name__"), frame.f_code.co_name))
        frame = frame.f_back
    importing = any(module == _IMPORTS for module, _ in places) and _SIMULATES not in places
    if _ENDS_WELL in places and _COMPILES not in places and not importing:
        raise KeyboardInterrupt
    os.write(2, f"\n{GO_ON}\n".encode())
    os._exit(130)


def again(lost: "sys.UnraisableHookArgs") -> None:
    """Send an interrupt once more that came up where Python can raise nothing, as while an object was taken apart."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(lost)


def reader_left() -> int:
    """Whoever read the output has enough of it, such as head: nothing may be flushed to it at exit, either; the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def as_program(main: Callable[[], int]) -> NoReturn:
    """Run a command as the program that this process is, and end it with the command's exit code.

    A program that merely calls a command keeps its own handler of interrupts.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
        sys.unraisablehook = again
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = reader_left()
    sys.exit(code)
