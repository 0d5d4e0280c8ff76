"""Random numbers of a calibration: each purpose has its own."""

import numpy as np

STREAMS = {"prior": 2, "bootstrap": 3, "value": 4, "known": 5, "worlds": 6}
"""Which draws a generator is for, so that they share no numbers."""


def generator(seed: int, replication: int, stream: str) -> np.random.Generator:
    """Random numbers of one run and purpose."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, replication, STREAMS[stream]])))
