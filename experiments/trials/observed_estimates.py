"""What a real experiment says: by the estimator of its design, adjusted by what was known before, and at any look."""

import math

import numpy as np

from experiments.trials.estimating import Laid, estimates, lay
from experiments.trials.observed_checks import means_before
from experiments.trials.observed_clients import WINDOWS, Clients, covariates
from experiments.trials.observed_plan import Observed
from experiments.trials.observed_split import Taken
from sim.arrays import Floats
from sim.bookings.rows import date_of
from sim.config import ConfigError
from sim.estimators.estimate import Estimate
from sim.estimators.means import difference
from sim.estimators.sequential import LEAST_PER_GROUP, always_valid, half_width
from sim.report.observed_record import Line, Verdict

LEAST_ADJUSTED = 10
"""Zones or pros below which a slope over them takes too much of what little is known: assumption."""


def estimates_of(taken: Taken, clients: Clients, observed: Observed) -> tuple[Line, ...]:
    """The design's own estimate first, then those that can be made beside it.

    Raises
    ------
    ConfigError
        A group without clients, or fewer units than the design's estimator can bear.
    """
    design = observed.design
    who = taken.who.rows(taken.followed)
    laid = lay(design, taken.split, who)
    for side, name in ((True, taken.treated), (False, taken.control)):
        if not (laid.treated == side).any():
            called = f" ({name})" if name else ""
            raise ConfigError(
                f"groups.{'treated' if side else 'control'}{called}: no client of it came while the experiment lasted and is"
                " followed long enough, must have some"
            )
    try:
        (name, own), *_ = estimates(design, taken.split, who, math.nan).items()
    except ValueError as error:
        raise ConfigError(f"design = [{observed.name}]: {error}") from None
    lines = [_line(name, own)]
    adjusted = _adjusted(laid, taken, clients, observed)
    if adjusted is not None:
        lines.append(_line("adjusted", adjusted))
    lines.append(_at_any_look(own, laid, taken, clients, observed))
    return tuple(lines)


def _line(name: str, found: Estimate, about: str = "") -> Line:
    return Line(name, found.estimate, found.low, found.high, found.standard_error, found.n_treated, found.n_control, found.p_value,
                verdict_of(found), about)  # fmt: skip


def verdict_of(found: Estimate) -> Verdict:
    """Whether an interval leaves 0 out."""
    return "seen" if found.excludes(0.0) else "not_seen"


def _adjusted(laid: Laid, taken: Taken, clients: Clients, observed: Observed) -> Estimate | None:
    """By the client's first request where clients were assigned, else by what pro or zone was like before; None: by nothing."""
    unit = observed.design.unit
    if unit == "client":
        first = covariates(clients, taken.chosen[laid.who.client], with_zones=True).values
        stage = (laid.who.day // taken.split.groups.period_days).astype(np.int64)
        stages = np.unique(stage)[1:] if taken.split.groups.shares.shape[1] > 1 else stage[:0]
        known: Floats | None = np.column_stack([*(stage == one for one in stages), first])
    elif unit in ("zone", "pro") and laid.clusters is not None and len(np.unique(laid.clusters)) >= LEAST_ADJUSTED:
        before = lay(observed.design, taken.split, taken.before)
        known = means_before(before.who, laid, before.clusters)
    else:
        known = None
    if known is None or not known.size:
        return None
    try:
        return difference(laid.who.outcome, laid.treated, laid.clusters, known)
    except ValueError:
        return None


def _at_any_look(own: Estimate, laid: Laid, taken: Taken, clients: Clients, observed: Observed) -> Line:
    """The interval for a team that has looked before; ``about`` is the day on which it first left 0 out, if it did."""
    if observed.design.unit == "client" and taken.split.groups.shares.shape[1] == 1:
        known_on = clients.day[taken.chosen[laid.who.client]] + WINDOWS[observed.options.outcome]
        order = np.argsort(known_on, kind="stable")
        days = np.arange(math.floor(known_on.min()), math.floor(known_on.max()) + 1)
        looks = np.searchsorted(known_on[order], days + 1)
        found = always_valid(laid.who.outcome[order], laid.treated[order], looks, len(taken.who.client))
        first = found.first_seen
        low, high, about = float(found.low[-1]), float(found.high[-1]), "" if first is None else date_of(int(days[first]))
    else:
        n = len(laid.treated)
        reach = math.nan
        if own.df >= LEAST_PER_GROUP:
            reach = float(half_width(np.array([own.standard_error]), np.array([n]), len(taken.who.client))[0])
        low, high, about = own.estimate - reach, own.estimate + reach, ""
    verdict: Verdict = "unknown" if math.isnan(low) else "seen" if low > 0 or high < 0 else "not_seen"
    return Line("always_valid", own.estimate, low, high, own.standard_error, own.n_treated, own.n_control, math.nan, verdict, about)
