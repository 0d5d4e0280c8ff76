"""Explore by belief: each pro is as visible as a draw from what is believed of them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import with_neutral
from sim.allocators.posterior import posterior_quantiles
from sim.arrays import Floats
from sim.views import ProView

LOWEST = 1e-9


@dataclass(frozen=True)
class Thompson:
    """At each refresh a return rate is drawn for every pro from its posterior, and offers go in strict order of the draws.

    So a pro comes first as often as they are likely to be the best, and pros about whom little is known get their chance. One draw
    a refresh stands for a week of requests (batched Thompson sampling). The posterior is that of the arm's score: take
    ``empirical_bayes`` without a threshold. A pro who is not counted stands at the mean of the draws.

    References
    ----------
    Thompson (1933), On the likelihood that one unknown probability exceeds another, Biometrika 25(3-4).
    Chapelle & Li (2011), An empirical evaluation of Thompson sampling, NIPS 24, with delayed feedback.
    """

    offer_order: ClassVar[str] = "ranked"
    needs_uniforms: ClassVar[bool] = True

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,): the draws.

        Raises
        ------
        ValueError
            A counted score without a standard error, or no ``uniforms``.
        """
        if pros.uniforms is None:
            raise ValueError("thompson needs uniforms: it must declare needs_uniforms = True")
        drawn = posterior_quantiles(pros.score, pros.uniforms, "thompson")
        return with_neutral(np.maximum(drawn, LOWEST), pros.score.counted, pros.active)
