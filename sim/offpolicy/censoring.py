"""Outcomes that are not known yet: how much those count that are."""

import numpy as np

from sim.arrays import Floats
from sim.offpolicy.choices import refuse


def followed_weights(returned_after_days: Floats, followed_days: Floats, window_days: float) -> Floats:
    """Inverse probability of being followed long enough for the outcome to be known, (n,); 0 where it is not.

    The outcome, returned within the window, is known on the day of the return, else at the end of the window. A client known
    after t days counts n over the number of clients followed for t days or longer; who was followed too briefly counts 0.

    Right where clients who came late return like those who came early, and are chosen for by the same policies: check both.

    Parameters
    ----------
    returned_after_days
        (n,) days to the first return, >= 0; inf for who was not seen to return. All inf: only clients whose window is over count.
    followed_days
        (n,) days from the decision to the end of the log, >= 0.
    window_days
        > 0.

    Raises
    ------
    ValueError
        No client; a number outside of its range; a return after the end of the log; nobody followed for the whole window.

    Notes
    -----
    How long a client is followed is known for each of them, so the probability is a plain share; Kaplan-Meier would be needed if
    following ended with the return. Intervals that take these weights as given are a little too long.

    References
    ----------
    Robins & Rotnitzky (1992), Recovery of information and adjustment for dependent censoring using surrogate markers. Van der
    Laan & Robins (2003), Unified methods for censored longitudinal data and causality.

    Examples
    --------
    >>> followed_weights(np.array([30.0, np.inf, np.inf]), np.array([200.0, 190.0, 40.0]), 182)  # known after 30, 182, not
    array([1. , 1.5, 0. ])
    """
    if not window_days > 0:
        raise ValueError(f"window_days = {window_days:g}, must be > 0")
    if not len(followed_days):
        raise ValueError("decisions = 0, must be >= 1: the log is empty")
    refuse("followed_days", followed_days, followed_days >= 0, "must be >= 0")
    possible = (returned_after_days >= 0) & ((returned_after_days <= followed_days) | np.isposinf(returned_after_days))
    refuse("returned_after_days", returned_after_days, possible, "must be within 0..followed_days, or inf")
    if not followed_days.max() >= window_days:
        longest = followed_days.max()
        raise ValueError(f"followed_days = {longest:g} at most, must be >= window_days = {window_days:g} for some clients")
    known_after = np.minimum(returned_after_days, window_days)
    at_least = len(followed_days) - np.searchsorted(np.sort(followed_days), known_after, side="left")
    known = followed_days >= known_after
    return np.where(known, len(followed_days) / np.maximum(at_least, 1), 0.0)
