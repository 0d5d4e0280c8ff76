"""What an allocation policy is, and what policies share."""

import math
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.config import OfferOrder
from sim.jit import compiled
from sim.views import ProView, ordered_mean


@runtime_checkable
class Allocator(Protocol):
    """Says how visible each pro is, at each refresh.

    An allocator is a frozen dataclass: its fields are its parameters, checked in ``__post_init__`` with a ``ValueError`` that
    names field, value and rule. It has no randomness and no state of its own: the same view gives the same weights.

    It may carry the class attributes of ``Traits``.
    """

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights >= 0, finite, some > 0: ``(n_pros,)``, or ``(n_stages, n_pros)`` to weigh by how far a client is from payback."""
        ...


@dataclass(frozen=True)
class Traits:
    """What an allocator may say about itself, by class attributes of these names; here is what holds when it does not."""

    offer_order: OfferOrder | None = None
    """"sampled", "ranked" or "broadcast" in place of the market's; None: the market's."""
    needs_uniforms: bool = False
    """Whether it asks for ``ProView.uniforms``."""
    sees_truth: bool = False
    """Whether it asks for ``ProView.true_return_propensity``: a reference, not a policy that anybody could run."""
    neutral: bool = True
    """The promise of an allocator that reads scores: a pro whose score does not count gets exactly the mean weight of the active
    pros whose scores do. False takes it back: such pros are then weighed by something else than their score, which it must not
    read either."""


def traits(allocator: object) -> Traits:
    """What an allocator says about itself; it need not inherit from anything to say it."""
    said: dict[str, Any] = {field.name: getattr(allocator, field.name, field.default) for field in fields(Traits)}
    return Traits(**said)


@dataclass(frozen=True)
class Request:
    """What a per-request policy sees of a request."""

    request_days: float
    start_days: float
    zone: int
    service: int
    stage: int
    """0 for a client's first booking, 1 for the second, ..., capped at the payback bookings."""
    attempt: int
    """0, or how often a pro has cancelled this session."""


@runtime_checkable
class RequestAllocator(Protocol):
    """Weighs the candidates of every single request; runs on the reference engine only."""

    def weights(self, request: Request, candidates: Ints, pros: ProView) -> Floats:
        """Weights ``(n_candidates,)`` >= 0, finite, for the free pros ``candidates``; ``pros`` is the view of the last refresh."""
        ...


@compiled
def _power(ratios: Floats, exponent: float, floor: float, cap: float) -> Floats:
    weights = np.empty(len(ratios))
    for i in range(len(ratios)):
        ratio = ratios[i]
        # beyond 700 plain Python overflows where compiled code gives inf
        raised = math.exp(min(exponent * math.log(ratio), 700.0)) if ratio > 0.0 else (1.0 if exponent == 0.0 else 0.0)
        weights[i] = min(max(raised, floor), cap)
    return weights


def raised(ratios: Floats, exponent: float, floor: float = 0.0, cap: float = np.inf) -> Floats:
    """``clip(ratios ** exponent, floor, cap)`` for ratios >= 0, with the same bits on every processor; 1 at exponent 0."""
    return _power(np.ascontiguousarray(ratios, float), float(exponent), float(floor), float(cap))


def with_neutral(weights: Floats, counted: Flags, active: Flags) -> Floats:
    """Weights in which every pro who is not counted gets exactly the mean weight of the active pros who are.

    With nobody counted all are equal. Sums run in the order of the pros, so equal weights give exactly their common value.
    """
    heard = weights[counted & active]
    if len(heard) == 0:
        return np.ones(len(weights))
    lowest, highest = float(heard.min()), float(heard.max())
    neutral = lowest if lowest == highest else ordered_mean(heard)
    return np.where(counted, weights, neutral)


def relative_to_average(values: Floats, counted: Flags, active: Flags) -> Floats:
    """Values over the mean value of the active pros who are counted, (n_pros,); 1 for those who are not counted.

    All 1 when nobody is counted or that mean is not positive.
    """
    heard = values[counted & active]
    average = ordered_mean(heard) if len(heard) else 0.0
    if not average > 0.0:
        return np.ones(len(values))
    return np.where(counted, values, average) / average


def weighs_requests(allocator: object) -> bool:
    """Whether a policy weighs the candidates of every single request; a field of that name does not make it one."""
    return callable(getattr(type(allocator), "weights", None))


def mean_one(weights: Floats, counted: Flags, active: Flags) -> Floats:
    """Weights scaled so that the active pros who are counted have the mean 1, (n_pros,); as they are when nobody is counted."""
    heard = weights[counted & active]
    average = ordered_mean(heard) if len(heard) else 0.0
    return weights / average if average > 0.0 else weights


@dataclass(frozen=True)
class Proportional:
    """Base of policies whose weights are clip((value / platform average) ** strength, floor, cap).

    The platform average is the mean value of the active pros who are counted; a pro who is not counted is neutral.
    """

    strength: float
    """0 is uniform, 1 proportional, larger favours the best more strongly; within 0..100."""
    floor: float
    """Smallest weight, relative to a pro of average value; within 0..1."""
    cap: float
    """Largest weight; >= 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 100:
            raise ValueError(f"strength = {self.strength:g}, must be within 0..100")
        if not 0 <= self.floor <= 1:
            raise ValueError(f"floor = {self.floor:g}, must be within 0..1")
        if not 1 <= self.cap < math.inf:
            raise ValueError(f"cap = {self.cap:g}, must be >= 1 and finite")

    def by_value(self, values: Floats, counted: Flags, active: Flags) -> Floats:
        """Weights (n_pros,) from values >= 0 (n_pros,)."""
        ratios = relative_to_average(values, counted, active)
        return with_neutral(raised(ratios, self.strength, self.floor, self.cap), counted, active)
