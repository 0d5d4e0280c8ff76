"""Pros in two groups, each pro at the position that an order made by the own arm alone gives."""

from dataclasses import dataclass
from typing import ClassVar

from sim.designs.base import Unit
from sim.designs.pro import Pro


@dataclass(frozen=True)
class Counterfactual(Pro):
    """For every request the free pros are put in order twice, by the control's arm and by the treated arm, with the same lots.

    A control pro takes the position of the first order, a treated pro that of the second. Where both claim a position, a coin
    tossed for the request says which group goes first. So a pro is about as visible as if everybody were in the same group, and
    what is measured is a pro's own effect, nearly free of what the others' treatment does. An arm that asks
    several pros at once has no order to merge.

    References
    ----------
    Ha-Thuc, Dutta, Mao, Wood & Liu (2020), A counterfactual framework for seller-side A/B testing on marketplaces. SIGIR.
    Nandy, Venugopalan, Lo & Chatterjee (2021), A/B testing for recommender systems in a two-sided marketplace. NeurIPS.
    """

    merges_orders: ClassVar[bool] = True
    unit: ClassVar[Unit] = "pro"
