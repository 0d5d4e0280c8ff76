"""How often does a team that looks every day see an effect that is not there, and how long does it wait for one that is?

  python -m benchmarks.sequential               # 10,000 experiments of each kind: half a minute

Clients come every day and are assigned one by one, half and half; the team looks at the end of each day for half a year. Prints how
often an always-valid interval, and the usual one, left out 0 at any look; exit code 1 where the always-valid one did so in more
than 5 % of A/A experiments.
"""

import argparse
import sys

import numpy as np
from scipy import stats

from sim.arrays import Floats
from sim.estimators.sequential import LEAST_PER_GROUP, half_width
from sim.words.aligned import aligned

DAYS = 183
PER_DAY = (4, 40)
"""New clients a day and group: some 1,500 and 15,000 in all."""
RATE = 0.3
LEVEL = 0.95
CHUNK = 500


def seen(per_day: int, effect: float, n_trials: int, seed: int, n_best: float | None = None) -> tuple[Floats, Floats]:
    """First day on which 0 is left out, (n_trials,) each, infinite where never: always-valid interval, then the usual one.

    Parameters
    ----------
    effect
        Added to ``RATE`` of the treated.
    n_best
        See ``half_width``; clients of the whole time without it.
    """
    n = per_day * np.arange(1.0, DAYS + 1)
    usual = float(stats.norm.ppf((1 + LEVEL) / 2))
    found: tuple[list[Floats], list[Floats]] = ([], [])
    for start in range(0, n_trials, CHUNK):
        generator = np.random.default_rng((seed, per_day, start))
        size = (2, min(CHUNK, n_trials - start), DAYS)
        rates = np.cumsum(generator.binomial(per_day, np.array([RATE, RATE + effect])[:, None, None], size), axis=2) / n
        estimate = rates[1] - rates[0]
        error = np.sqrt((rates * (1 - rates) / np.maximum(n - 1, 1)).sum(axis=0))
        error[:, n < LEAST_PER_GROUP] = np.inf
        for reach, kept in zip((half_width(error, 2 * n, n_best or 2 * n[-1], LEVEL), usual * error), found, strict=True):
            beyond = abs(estimate) > reach
            kept.append(np.where(beyond.any(axis=1), beyond.argmax(axis=1) + 1.0, np.inf))
    return np.concatenate(found[0]), np.concatenate(found[1])


def main() -> int:
    """Command line; 1 where the promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000, help="experiments of each kind")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rows, kept = [("clients a day", "true effect", "seen, always-valid", "seen, usual interval", "median day it is seen")], True
    for per_day in PER_DAY:
        error = (2 * RATE * (1 - RATE) / (per_day * DAYS)) ** 0.5
        for effect in (0.0, 4 * error):
            always, usual = seen(per_day, effect, given.trials, given.seed)
            shares = [float(np.isfinite(days).mean()) for days in (always, usual)]
            kept &= effect > 0 or shares[0] <= 1 - LEVEL
            when = f"{np.median(always):g}" if effect else "-"
            rows.append((str(2 * per_day), f"{effect:.3f}", f"{shares[0]:.2%}", f"{shares[1]:.2%}", when))
    print("\n".join(aligned(rows)))
    print("promise kept" if kept else "PROMISE BROKEN: more than 5 % of A/A experiments")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
