"""Clients drawn from a known client model, for tests of what is fitted to them."""

from functools import cache
from pathlib import Path

import numpy as np
import yaml

from sim.bookings.visits import Visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import Histories
from tests.bookings.reading import visits_in

ROOT = Path(__file__).resolve().parent.parent.parent
CDNOW_CALIBRATION, CDNOW_END = "1997-09-30", "1998-06-30"


@cache
def cdnow() -> Visits:
    """The CDNOW sample."""
    mapping = yaml.safe_load((ROOT / "configs" / "data" / "cdnow.yaml").read_text())
    return visits_in(ROOT / "tests" / "data" / "cdnow_sample.csv", mapping)[0].done()


def drawn(model: ClientModel, n: int, weeks: float, seed: int) -> Histories:
    """Histories of new clients over up to so many weeks (a third to all of them), straight from the definition of the model."""
    generator = np.random.default_rng(seed)
    age = generator.uniform(weeks / 3, weeks, n)
    rate = generator.gamma(model.rate_shape, 1 / model.rate_weeks, n)
    k = model.gap_shape * np.exp(model.gap_shape_log_sd * np.random.default_rng([seed, 1]).standard_normal(n))
    leave = generator.beta(model.drop_a, model.drop_b, n)
    there = generator.random(n) >= model.one_time_share
    if model.dropout_after_first:
        there &= generator.random(n) >= leave
    repeats, recency, logs, now = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    gaps: list[tuple[np.ndarray, np.ndarray]] = []
    while there.any():
        gap = generator.gamma(k, 1, n) / (k * rate)
        if model.lapse_share:
            gap = np.where(generator.random(n) < model.lapse_share, generator.exponential(model.lapse_gaps / rate), gap)
        now = now + gap
        there &= now <= age
        repeats += there
        recency[there] = now[there]
        logs[there] += np.log(gap[there])
        gaps.append((np.flatnonzero(there), gap[there]))
        there &= generator.random(n) >= leave
    who, weeks = (np.concatenate(column) for column in zip(*gaps, strict=True))
    # a file gives whole days
    weeks = np.maximum(np.round(7 * weeks), 1) / 7
    in_order = np.argsort(who, kind="stable")
    return Histories(np.arange(n), repeats, recency, age, logs, np.zeros(n, np.bool_), weeks[in_order])
