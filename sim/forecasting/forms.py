"""The forms from which a forecast is mixed: how a relation ends, and how regular gaps are.

Every form is a set of free parameters on the log scale, where they are unbounded and their doubt is close to normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Floats
from sim.calibration.histories import Histories
from sim.forecasting.kernels import AFTER_REPEAT, AFTER_VISIT, AGEING, LIFETIME
from sim.said import Said, say

Regularity = Literal["poisson", "common", "varied"]
REGULARITIES: tuple[Regularity, ...] = ("poisson", "common", "varied")
"""None; the same for all; log-normal over clients. Each holds the one before it."""
DROPOUTS = {"bg": AFTER_REPEAT, "mbg": AFTER_VISIT, "pareto": LIFETIME, "ageing": AGEING, "lapsing": AFTER_VISIT}
TITLES: dict[str, Said | str] = {
    "bg": "BG/NBD",
    "mbg": "MBG/NBD",
    "pareto": "Pareto/NBD",
    "ageing": say("Pareto/NBD with age"),
    "lapsing": say("MBG/NBD with own lapses"),
}
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(3)
CLASSES, SHARES = _NODES, _WEIGHTS / _WEIGHTS.sum()
"""Three classes of regularity stand for its log-normal distribution: Gauss-Hermite quadrature."""

LEAVE_BY = "leave_by_"
BOUNDS = {
    "rate_shape": (-6.0, 6.0),
    "rate_weeks": (-6.0, 9.0),
    "drop_a": (-7.0, 7.0),
    "drop_b": (-7.0, 9.0),
    "lifetime_shape": (-7.0, 5.0),
    "lifetime_weeks": (-7.0, 10.0),
    "ageing_per_week": (-7.0, 1.5),
    "gap_shape": (-2.0, 4.0),
    "gap_shape_log_sd": (-4.0, 0.4),
    "lapse_odds": (-5.0, 2.0),
    "lapse_size": (-1.0, 5.0),
    "lapse_gaps": (-1.0, 3.0),
    "leave_by_first_pro": (-3.0, 3.0),
    "leave_by_late": (-3.0, 3.0),
}
"""Of the logarithms; of what is added to a logarithm for a unit of a trait (``leave_by_...``)."""
STARTS = {
    "rate_shape": 0.0,
    "rate_weeks": 2.0,
    "drop_a": -0.5,
    "drop_b": 0.5,
    "lifetime_shape": -0.3,
    "lifetime_weeks": 2.5,
    "ageing_per_week": -4.0,
    "gap_shape": 0.5,
    "gap_shape_log_sd": -1.0,
    "lapse_odds": -1.5,
    "lapse_size": 1.0,
    "lapse_gaps": 0.5,
    "leave_by_first_pro": 0.0,
    "leave_by_late": 0.0,
}
"""Where the search begins, on the log scale: between a shop without rhythm and a barber."""


@dataclass(frozen=True)
class Form:
    """How a relation ends, and how regular gaps are."""

    ending: str
    """A key of ``DROPOUTS``."""
    regularity: Regularity = "poisson"
    traits: tuple[str, ...] = ()
    """What makes clients leave sooner: names of ``Histories.traits``."""

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the parameters."""
        ends = ("drop_a", "drop_b") if self.dropout <= AFTER_VISIT else ("lifetime_shape", "lifetime_weeks")
        ages = ("ageing_per_week",) if self.dropout == AGEING else ()
        regular = {"poisson": (), "common": ("gap_shape",), "varied": ("gap_shape", "gap_shape_log_sd")}[self.regularity]
        lapses = ("lapse_odds", "lapse_size", "lapse_gaps") if self.ending == "lapsing" else ()
        return ("rate_shape", "rate_weeks", *ends, *ages, *regular, *lapses, *(LEAVE_BY + name for name in self.traits))

    @property
    def dropout(self) -> int:
        """The code of the ending."""
        return DROPOUTS[self.ending]

    @property
    def name(self) -> str:
        """Short, for tables: ``mbg_varied``."""
        parts = (self.ending, *((self.regularity,) if self.regularity != "poisson" else ()), *self.traits)
        return "_".join(parts)

    @property
    def title(self) -> Said | str:
        """The name in the literature, as far as it has one."""
        base = TITLES[self.ending]
        if self.traits:
            return say("{form}, by first visits", form=Form(self.ending, self.regularity).title)
        if self.regularity == "poisson":
            return base
        if self.regularity == "common":
            return say("{base} with regular gaps", base=base)
        return say("{base} with gaps of differing regularity", base=base)

    def bounds(self) -> list[tuple[float, float]]:
        """Of the parameters, on the log scale."""
        return [BOUNDS[name] for name in self.free]

    def start(self) -> Floats:
        """Where a search begins, on the log scale."""
        return np.array([STARTS[name] for name in self.free])

    def values(self, at: Sequence[float] | Floats) -> dict[str, float]:
        """Parameters by name, from a point on the log scale."""
        return {name: float(x if name.startswith(LEAVE_BY) else np.exp(x)) for name, x in zip(self.free, at, strict=True)}

    def leaving(self, values: dict[str, float], seen: Histories) -> Floats:
        """(n,) by how much likelier than the average each client leaves, as a logarithm."""
        return np.asarray(sum((values[LEAVE_BY + name] * seen.traits[name] for name in self.traits), np.zeros(len(seen))))

    def classes(self, values: dict[str, float]) -> tuple[Floats, Floats]:
        """Regularity (n_classes,) of each class of clients, and the log of its share."""
        if self.regularity == "varied":
            return values["gap_shape"] * np.exp(values["gap_shape_log_sd"] * CLASSES), np.log(SHARES)
        return np.array([values.get("gap_shape", 1.0)]), np.zeros(1)
