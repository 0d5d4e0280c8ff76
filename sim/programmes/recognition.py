"""Known clients are greeted as such."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.config import Market
from sim.jit import kernel
from sim.programmes.base import check_within

PARAMETERS = np.dtype(
    [("on", np.bool_), ("from_booking", np.int64), ("lift_logit", np.float64), ("cost_eur", np.float64)], align=True
)


@dataclass(frozen=True)
class Recognition:
    """From a certain booking on the platform and the pro show that they know the client, who is a little likelier to stay."""

    from_booking: int
    """First completed booking at which the client is greeted as known; the count includes that one."""
    lift_logit: float
    """Shift of the decision to stay, on the logit scale."""
    cost_eur: float
    """Of one greeting: a note to the pro, a line in the app."""

    kind: ClassVar[str] = "recognition"

    def __post_init__(self) -> None:
        check_within("from_booking", self.from_booking, 1, 10**6)
        check_within("lift_logit", self.lift_logit, 0, 20)
        check_within("cost_eur", self.cost_eur)

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into a record of ``PARAMETERS``."""
        record["on"] = True
        for name in ("from_booking", "lift_logit", "cost_eur"):
            record[name] = getattr(self, name)

    def warnings(self, market: Market) -> list[str]:
        """None."""
        return []


@kernel
def is_known(n_completed: int, recognition: Any) -> bool:
    """Whether a client with so many completed bookings, this one included, is greeted as known."""
    return n_completed >= recognition["from_booking"]
