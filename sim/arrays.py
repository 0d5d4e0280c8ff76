"""Arrays by what they hold, for signatures; a docstring says their shape and axes."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Table = NDArray[np.void]
"""Rows with named columns: a structured array."""
