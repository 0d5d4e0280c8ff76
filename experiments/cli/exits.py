"""How a command ends: one message on standard error, and an exit code that says what kind of end it was."""

import signal
import sys
import threading
from collections.abc import Callable

from experiments.cli.interrupt import GO_ON, reader_left
from experiments.execution.runner import RunError
from sim.config import ConfigError


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def exit_code(body: Callable[[], int]) -> int:
    """Run the body of a command; 2 for bad input, 1 for runs or files that failed, 130 when interrupted or told to end."""
    replaced = []
    if threading.current_thread() is threading.main_thread():
        # a batch system or a closed terminal ends a command as an interrupt does: workers and their folders go with it
        for number in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _stop)
                replaced.append(number)
    try:
        code = body()
        sys.stdout.flush()
        return code
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return reader_left()
    except OSError as error:
        print(f"error: {error.filename or 'file system'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{GO_ON}", file=sys.stderr)
        return 130
    finally:
        for number in replaced:
            signal.signal(number, signal.SIG_DFL)
