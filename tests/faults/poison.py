"""Policies that fail in every way a run can fail, for drills."""

import ctypes
import os
import signal
from dataclasses import dataclass

import numba
import numpy as np

from sim.arrays import Floats
from sim.views import ProView


@numba.njit(cache=False)
def _forever(x: float) -> float:  # pragma: no cover
    # nothing here gives other threads a turn, so neither dask nor a signal handler of Python's can stop it
    while x >= 0.0:
        x = x + 1.0 if x < 2.0 else 0.0
    return x


@dataclass(frozen=True)
class Poison:
    """Works for three weeks, then fails."""

    how: str

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        if now_days > 20:
            self.fail()
        return np.ones(pros.n_pros)

    def fail(self) -> None:
        """Fail as it was told to."""
        if self.how == "raise":
            raise ZeroDivisionError("no luck")
        if self.how == "segfault":
            ctypes.string_at(0)
        elif self.how == "exit":
            os._exit(3)
        elif self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.how == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif self.how == "compiled_loop":
            _forever(0.0)
        else:
            while True:
                pass
