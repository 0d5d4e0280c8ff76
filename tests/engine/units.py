"""Times of the log as the whole numbers the engine works with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY


def ticks(days: Any) -> NDArray[np.int64]:
    """Days as whole ticks; -1 for never."""
    return np.rint(np.nan_to_num(np.asarray(days), nan=-1 / TICKS_PER_DAY) * TICKS_PER_DAY).astype(np.int64)


def slots(days: Any) -> NDArray[np.int64]:
    """Starts of sessions as half hours since day 0."""
    return np.rint(np.asarray(days) * SLOTS_PER_DAY).astype(np.int64)
