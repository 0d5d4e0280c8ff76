"""Whether a real experiment is what it was meant to be: each check with what it found and a verdict."""

import math
from collections.abc import Iterator

import numpy as np

from experiments.trials.estimating import BEFORE_AFTER, Laid, Newcomers, by_period, lay
from experiments.trials.observed_clients import Clients, covariates
from experiments.trials.observed_plan import Observed
from experiments.trials.observed_split import Taken
from sim.arrays import Floats, Ints
from sim.estimators.checks import against_pre_period, balance, sample_ratio, settling, spill_over
from sim.estimators.estimate import Estimate
from sim.estimators.switchback import carry_over_order
from sim.report.lab import WEEK_DAYS
from sim.report.observed_record import Line, Verdict

DISTRUST = 0.001
"""P-value below which groups are not what was meant (Fabijan et al. 2019)."""
SURE = 0.99
"""Level of the checks of interference: several are read at once."""
MOST_ORDER = 2
"""Periods of carry-over that are looked for."""
NAN = math.nan


def checks_of(taken: Taken, clients: Clients, observed: Observed) -> tuple[Line, ...]:
    """All checks that can be made of a design, in the order in which they are to be read.

    A check for which there are too few units or periods has the verdict ``unknown``.
    """
    design = observed.design
    if design.estimator == BEFORE_AFTER:
        return ()
    laid = lay(design, taken.split, taken.who)
    rows = taken.who.rows(taken.followed)
    known = lay(design, taken.split, rows)
    return (
        _ratio(taken, laid, observed),
        _balanced(laid, clients, taken, observed),
        *_carried(known, taken, observed),
        *_spilled(known, observed),
        *_since_before(known, taken, observed),
    )


def _line(name: str, verdict: Verdict, found: Estimate | None = None, p_value: float = NAN, about: str = "") -> Line:
    if found is None:
        return Line(name, NAN, NAN, NAN, NAN, 0, 0, p_value, verdict, about)
    return Line(name, found.estimate, found.low, found.high, found.standard_error, found.n_treated, found.n_control,
                found.p_value if math.isnan(p_value) else p_value, verdict, about)  # fmt: skip


def _ratio(taken: Taken, laid: Laid, observed: Observed) -> Line:
    """Units of either group against the share that was meant."""
    share = getattr(observed.design, "share", None)
    if observed.stages is not None:
        stage = (laid.who.day // taken.split.groups.period_days).astype(np.int64)
        shares = observed.stages.shares[0, stage]
        drawn = (shares > 0) & (shares < 1)
        n = [int((laid.treated[drawn] == side).sum()) for side in (True, False)]
        share = float(shares[drawn].mean()) if drawn.any() else NAN
    else:
        n = [int((taken.unit_groups == side).sum()) for side in (1, 0)]
    if not sum(n) or not 0 < float(share or NAN) < 1:
        return _line("sample_ratio", "unknown")
    p = sample_ratio(n[0], n[1], float(share or NAN))
    verdict: Verdict = "broken" if p < DISTRUST else "fine"
    return Line("sample_ratio", n[0] / sum(n), NAN, NAN, NAN, n[0], n[1], p, verdict, f"{float(share or NAN):g}")


def _balanced(laid: Laid, clients: Clients, taken: Taken, observed: Observed) -> Line:
    """Groups by what was known before: its largest standardised difference, and all together."""
    assigned = observed.design.unit
    known = covariates(clients, taken.chosen[laid.who.client], with_zones=assigned not in ("zone", "zone_period"))
    n_units = len(laid.treated) if laid.clusters is None else len(np.unique(laid.clusters))
    known = known.first(max(n_units - 3, 0))
    if not known.names:
        return _line("balance", "unknown")
    try:
        found = balance(known.values, laid.treated, laid.clusters)
    except ValueError:
        return _line("balance", "unknown")
    most = int(np.abs(found.differences).argmax())
    n = int(laid.treated.sum()), int((~laid.treated).sum())
    verdict: Verdict = "doubtful" if found.p_value < DISTRUST else "fine"
    return Line("balance", float(found.differences[most]), NAN, NAN, NAN, *n, found.p_value, verdict, known.names[most])


def _carried(laid: Laid, taken: Taken, observed: Observed) -> Iterator[Line]:
    """Whether the period before is still felt, where periods were assigned."""
    if observed.design.unit not in ("period", "zone_period") or laid.clusters is None:
        return
    period_days = taken.split.groups.period_days
    try:
        found = settling(laid.who.outcome, laid.treated, laid.who.day % period_days < period_days / 2, laid.clusters, SURE)
        yield _line("settling", "doubtful" if found.excludes(0) else "fine", found)
    except ValueError:
        yield _line("settling", "unknown")
    if observed.design.unit != "period":
        return
    values, treated, counts = by_period(laid.who.outcome, laid.treated, laid.clusters)
    try:
        order = carry_over_order(values, treated, MOST_ORDER, SURE)
    except ValueError:
        yield _line("carry_over", "unknown")
        return
    n = int(treated.sum()), int(len(counts) - treated.sum())
    yield Line("carry_over", float(order), NAN, NAN, NAN, *n, NAN, "doubtful" if order else "fine", "")


def _spilled(laid: Laid, observed: Observed) -> Iterator[Line]:
    """Whether outcomes depend on how many of the others nearby are treated."""
    around = _around(laid, observed)
    if around is None:
        return
    if observed.is_staged or bool(getattr(observed.design, "ramp_up_days", 0.0)):
        # the share around grows with the calendar, and so may the outcome by itself
        yield _line("spill_over", "unknown")
        return
    share, cells = around
    some = np.isfinite(share)
    try:
        found = spill_over(laid.who.outcome[some], laid.treated[some], share[some], cells[some], SURE)
    except ValueError:
        yield _line("spill_over", "unknown")
        return
    yield _line("spill_over", "doubtful" if found.excludes(0) else "fine", found)


def _around(laid: Laid, observed: Observed) -> tuple[Floats, Ints] | None:
    """Treated share among the other clients of the same zone and week, or of other zones at the same time; and who shares it."""
    who, unit = laid.who, observed.design.unit
    if unit in ("zone", "period"):
        return None
    week = (who.day // WEEK_DAYS).astype(np.int64)
    if unit != "zone_period":
        cell = week * (int(who.zone.max(initial=0)) + 1) + who.zone
        own_n, own_treated = np.ones(len(cell)), laid.treated.astype(float)
    else:
        period = getattr(observed.design, "period_days", WEEK_DAYS)
        cell = (who.day // period).astype(np.int64)
        assert laid.clusters is not None  # noqa: S101
        _, ours = np.unique(laid.clusters, return_inverse=True)
        own_n, own_treated = np.bincount(ours)[ours].astype(float), np.bincount(ours, laid.treated)[ours]
    _, index = np.unique(cell, return_inverse=True)
    n, treated = np.bincount(index)[index] - own_n, np.bincount(index, laid.treated)[index] - own_treated
    return np.divide(treated, n, out=np.full(len(n), NAN), where=n > 0), index


def _since_before(laid: Laid, taken: Taken, observed: Observed) -> Iterator[Line]:
    """How each group changed since the time before, where what was assigned was there before."""
    if observed.design.unit not in ("zone", "pro") or not len(taken.before.client):
        return
    before = lay(observed.design, taken.split, taken.before)
    values, treated = (np.append(getattr(one, name), getattr(two, name)) for one, two, name in (
        (before.who, laid.who, "outcome"), (before, laid, "treated")))  # fmt: skip
    during = np.arange(len(values)) >= len(before.treated)
    clusters = None if laid.clusters is None or before.clusters is None else np.append(before.clusters, laid.clusters)
    try:
        found = against_pre_period(values, treated.astype(bool), during, clusters)
    except ValueError:
        yield _line("treated_since_before", "unknown")
        return
    verdict: Verdict = "doubtful" if found.taken_from_control else "fine"
    yield _line("treated_since_before", verdict, found.treated)
    yield _line("control_since_before", verdict, found.control)


def means_before(before: Newcomers, laid: Laid, clusters_before: Ints | None) -> Floats | None:
    """(n,) Mean outcome, in the time before, of the cluster that each client is in; the mean of all where it had nobody then."""
    if clusters_before is None or laid.clusters is None or not len(before.client):
        return None
    labels, index = np.unique(clusters_before, return_inverse=True)
    means = np.bincount(index, before.outcome) / np.bincount(index)
    place = np.minimum(np.searchsorted(labels, laid.clusters), len(labels) - 1)
    found = np.where(labels[place] == laid.clusters, means[place], before.outcome.mean())
    return found if np.ptp(found) > 0 else None
