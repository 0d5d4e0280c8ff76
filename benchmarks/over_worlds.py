"""Whether statements about effects over worlds hold, in worlds drawn from three known distributions.

python -m benchmarks.over_worlds                    # all: two minutes
python -m benchmarks.over_worlds --only predictive
"""

import sys
from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from benchmarks.checks import Check, run_checks
from sim.arrays import Floats
from sim.words.aligned import aligned
from sim.worlds import shrinkage
from sim.worlds.effects import Luck, WorldEffects, beyond, over_worlds, share_of_worlds

DESIGNS = ((16, 1), (16, 4), (64, 1), (64, 4))
"""Worlds and replications of each."""
LUCK_SD, DEGREES = 0.8, 7
"""Of one replication, beside a standard deviation of about 1 between worlds; known from eight of the base market."""
LIMIT = 0.5


def normal(size: int, generator: np.random.Generator) -> Floats:
    return generator.normal(1, 1, size)


def skewed(size: int, generator: np.random.Generator) -> Floats:
    return generator.lognormal(0, 0.7, size) - 0.5


def two_humps(size: int, generator: np.random.Generator) -> Floats:
    return np.where(generator.random(size) < 0.8, generator.normal(0.8, 0.5, size), generator.normal(4, 0.8, size))


SHAPES: Mapping[str, Callable[[int, np.random.Generator], Floats]] = {
    "normal": normal,
    "skewed": skewed,
    "two humps": two_humps,
}


def judged(shape: str, n: int, r: int, generator: np.random.Generator) -> tuple[Floats, WorldEffects]:
    """True effects of some worlds, and what a comparison says about them."""
    true = SHAPES[shape](n, generator)
    luck = Luck(LUCK_SD**2 * generator.chisquare(DEGREES) / DEGREES, DEGREES)
    return true, over_worlds(true[:, None] + generator.normal(0, LUCK_SD, (n, r)), None, luck)


def predictive(n_trials: int, seed: int) -> bool:
    """Whether the predictive interval holds 93 to 97 % of new worlds; and what else is said, beside it."""
    rows, good = [], True
    for shape, draw in SHAPES.items():
        share = float((draw(1_000_000, np.random.default_rng(seed)) > LIMIT).mean())
        for n, r in DESIGNS:
            generator = np.random.default_rng((seed, n, r))
            held, shares, told, came = [], [], [], []
            for _ in range(n_trials):
                true, found = judged(shape, n, r, generator)
                new = draw(1_000, generator)
                held.append(((new >= found.predictive.low) & (new <= found.predictive.high)).mean())
                above = beyond(found, LIMIT, "above")
                interval = share_of_worlds(above, np.full(n, 1 / n))
                shares.append(interval.low <= share <= interval.high)
                told.append(above.mean(axis=0))
                came.append(true > LIMIT)
            error = float(np.std(held, ddof=1)) / np.sqrt(n_trials)
            good &= 0.93 - 2 * error <= np.mean(held) <= 0.97 + 2 * error
            slope = stats.linregress(np.concatenate(told), np.concatenate(came)).slope
            rows.append((shape, str(n), str(r), f"{np.mean(held):.3f}", f"{error:.3f}", f"{np.mean(shares):.3f}", f"{slope:.2f}"))
    print(f"\n{n_trials} comparisons each; share of worlds with more than {LIMIT}, and the slope of what came on what was probable")
    head = ("worlds are", "worlds", "runs each", "predictive holds", "se", "share holds", "slope")
    print("\n".join(aligned([head, *rows])))
    return bool(good)


def steps(n_trials: int, seed: int) -> bool:
    """Squared error of the probability that the effect of a world is above the limit, by the number of EM steps."""
    rows, usual = [], shrinkage.N_STEPS
    numbers = (0, 1, 2, 3, 5, 10)
    try:
        for shape in SHAPES:
            for n, r in DESIGNS:
                errors = []
                for shrinkage.N_STEPS in numbers:
                    generator = np.random.default_rng((seed, n, r))
                    pairs = [judged(shape, n, r, generator) for _ in range(n_trials)]
                    misses = [(beyond(found, LIMIT, "above").mean(axis=0) - (true > LIMIT)) ** 2 for true, found in pairs]
                    errors.append(f"{np.mean(misses):.4f}")
                rows.append((shape, str(n), str(r), *errors))
    finally:
        shrinkage.N_STEPS = usual
    print("\nSquared error of probabilities by EM steps")
    print("\n".join(aligned([("worlds are", "worlds", "runs each", *map(str, numbers)), *rows])))
    return True


CHECKS: Mapping[str, Check] = {"predictive": predictive, "steps": steps}


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, CHECKS, 100, "comparisons of each kind"))
