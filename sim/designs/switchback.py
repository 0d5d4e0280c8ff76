"""The whole market treated in some periods and not in others."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.designs.base import PERIODS, Groups, Unit, Units, check_period, check_share, chosen, everybody


@dataclass(frozen=True)
class Switchback:
    """Periods of equal length are treated or not, at random.

    What a period does to the next one, such as pros who are still booked, is carry-over. A period shorter than the time between
    two refreshes switches between weights of the same day.

    References
    ----------
    Bojinov, Simchi-Levi & Zhao (2023), Design and analysis of switchback experiments. Management Science.
    """

    unit: ClassVar[Unit] = "period"
    estimator: ClassVar[str] = "switchback"

    share: float
    """Of periods treated, within (0, 1)."""
    period_days: float
    """Length of a period, >= 1/24."""
    balanced: bool
    """Exactly that share of the periods, to the nearest one; else each by itself."""
    burn_in_days: float
    """First days of each period that the analysis leaves out, >= 0 and shorter than a period."""

    def __post_init__(self) -> None:
        check_share(self.share)
        check_period(self.period_days)
        if not 0 <= self.burn_in_days < self.period_days:
            raise ValueError(f"burn_in_days = {self.burn_in_days:g}, must be >= 0 and < period_days = {self.period_days:g}")

    def groups(self, units: Units) -> Groups:
        """Periods drawn, the same for all zones."""
        n = units.n_periods(self.period_days)
        treated = chosen(units.uniforms(PERIODS, n), self.share, "periods", self.balanced)
        return everybody(units)._replace(
            shares=np.tile(treated.astype(float), (units.n_zones, 1)), period_days=float(self.period_days)
        )
