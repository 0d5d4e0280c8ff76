"""Small logs for the tests of off-policy estimators: one worked by hand, and a market of four pros of which the truth is known."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.offpolicy.choices import Candidates, Choices
from sim.offpolicy.modelling import Predicted, predicted

# Three decisions among 2, 3 and 2 candidates. Weights of the chosen: .8/.5 = 1.6, .5/.3 = 5/3, 1/.25 = 4.
HAND = Candidates(
    np.array([2, 3, 2]),
    np.array([0, 1, 0]),
    np.array([0.5, 0.5, 0.2, 0.3, 0.5, 0.25, 0.75]),
    np.array([0.8, 0.2, 0.5, 0.5, 0.0, 1.0, 0.0]),
)
HAND_CHOICES = HAND.choices(np.array([1.0, 0.0, 1.0]))
# Of the chosen .6, .4, .5; over the new policy .8 * .6 + .2 * .4 = .56, .5 * .2 + .5 * .4 = .3, .5.
HAND_MODEL = predicted(HAND, np.array([0.6, 0.4, 0.2, 0.4, 0.6, 0.5, 0.1]))

RETURNS = np.array([[0.1, 0.3, 0.5, 0.7], [0.6, 0.5, 0.2, 0.3]])
"""(n_contexts, n_pros); both contexts are equally frequent."""
LOGGED = np.array([[0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]])
TARGET = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.1, 0.2]])
WRONG = np.array([[0.3, 0.3, 0.4, 0.4], [0.5, 0.4, 0.3, 0.2]])
"""What a model that is not right expects."""
TRUTH = float((RETURNS * TARGET).sum() / 2)
"""(.01 + .06 + .15 + .28 + .24 + .15 + .02 + .06) / 2 = .485."""


@dataclass(frozen=True)
class Log:
    context: Ints
    candidates: Candidates
    choices: Choices
    model: Predicted


def drawn(n: int, seed: int, logged: Floats = LOGGED) -> Log:
    """A log of n decisions."""
    generator = np.random.default_rng(seed)
    context = generator.integers(0, 2, n)
    chosen = (logged[context].cumsum(axis=1) < generator.random(n)[:, None]).sum(axis=1)
    outcome = (generator.random(n) < RETURNS[context, chosen]).astype(float)
    candidates = Candidates.from_table(chosen, logged[context], TARGET[context])
    return Log(context, candidates, candidates.choices(outcome), predicted(candidates, WRONG[context].ravel()))
