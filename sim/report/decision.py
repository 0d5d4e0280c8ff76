"""The decision in a sentence: which policy brings more clients back than the control."""

from sim.charts.units import signed
from sim.metrics.catalogue import PRIMARY, metric
from sim.report.format import count, difference, headline_metrics, references_of
from sim.statistics.comparison import Comparison, Difference, paired_difference


def decision(comparison: Comparison) -> str:
    """What to conclude on the metric that decides, in one to three plain sentences.

    Named is the policy with the largest gain among those whose interval against the control excludes zero, and then the policies
    from which the data do not separate it. Arms that know the truth never win.
    """
    control = comparison.control
    known = references_of(comparison)
    primary = comparison.primary
    rows = [row for arm in comparison.arms if arm not in known and (row := comparison.difference(arm, primary)) is not None]
    runs = count(comparison.n_replications, "replication")
    if not rows:
        return f"There is nothing to decide: no policy was compared with {control}."
    if comparison.n_replications < 2 or all(row.verdict == "not defined" for row in rows):
        return f"There is nothing to decide yet: {runs} cannot tell any policy from {control}. Use at least 2, better 8."
    if primary != PRIMARY:
        return _decision_on(comparison, rows, runs)
    better = [row for row in rows if row.verdict == "better"]
    if not better:
        return _none_better(rows, control, runs)
    best = max(better, key=lambda row: row.difference)
    gain, low, high = (signed(number, "share").lstrip("+") for number in (best.difference, best.low, best.high))
    first = (
        f"{best.arm} brings more clients back than {control}: the share of new clients who book again within 6 months is "
        f"{gain} percentage points higher ({100 * comparison.level:g} % interval {low} to {high}, {count(best.n, 'replication')})."
    )
    rivals = [row.arm for row in rows if row.arm != best.arm]
    price = _price(comparison, best.arm)
    if not rivals:
        return f"{first}{price}"
    close = _not_behind(comparison, best.arm, rivals)
    ahead = f"The data do not separate it from {_and(close)}." if close else "It is ahead of every other policy."
    return f"{first} {ahead}{price}"


def _decision_on(comparison: Comparison, rows: list[Difference], runs: str) -> str:
    """The same on another metric than who comes back."""
    control, shown = comparison.control, metric(comparison.primary)
    where = f'"{shown.label}"'
    better = [row for row in rows if row.verdict == "better"]
    if better:
        best = max(better, key=lambda row: abs(row.difference))
        first = f"{best.arm} is better than {control} in {where}: {difference(best, shown.unit)} ({runs})."
        rivals = [row.arm for row in rows if row.arm != best.arm]
        close = _not_behind(comparison, best.arm, rivals) if rivals else []
        ahead = f" The data do not separate it from {_and(close)}." if close else ""
        return f"{first}{ahead}{_price(comparison, best.arm)}"
    worse = [row.arm for row in rows if row.verdict == "worse"]
    if worse:
        verb = "is" if len(worse) == 1 else "are"
        return f"Keep {control}: in {runs}, no policy is better in {where}, and {_and(worse)} {verb} worse."
    return f"No policy is better or worse than {control} in {where}, as far as {runs} can tell."


def _price(comparison: Comparison, arm: str) -> str:
    """What the policy is worse in, as a sentence; empty for nothing."""
    rows = ((known, comparison.difference(arm, known.name)) for known in headline_metrics(comparison))
    worse = [f"{known.label} ({difference(row, known.unit)})" for known, row in rows if row and row.verdict == "worse"]
    return f" Its price, against {comparison.control}: {'; '.join(worse)}." if worse else ""


def _none_better(rows: list[Difference], control: str, runs: str) -> str:
    worse = [row.arm for row in rows if row.verdict == "worse"]
    equal = [row.arm for row in rows if row.verdict == "practically equal"]
    if equal and not worse:
        verb = "is" if len(equal) == 1 else "are"
        others = [row.arm for row in rows if row.arm not in equal]
        rest = f" {_and(others)} cannot be told apart from {control}." if others else ""
        return (
            f"{_and(equal)} {verb} practically equal to {control}: in {runs}, whatever difference there is in clients who come back"
            f" is smaller than what was said to matter.{rest}"
        )
    if not worse:
        return f"No policy can be told apart from {control}: in {runs}, none brings clearly more or fewer clients back."
    verb = "brings" if len(worse) == 1 else "bring"
    return f"Keep {control}: in {runs}, no policy brings clearly more clients back, and {_and(worse)} {verb} fewer back."


def _not_behind(comparison: Comparison, best: str, rivals: list[str]) -> list[str]:
    """The rivals that ``best`` does not clearly beat, by paired differences with simultaneous intervals."""
    name = comparison.primary
    ours = comparison.values[best][name]
    gaps = {arm: paired_difference(ours, comparison.values[arm][name], len(rivals), comparison.level)[0] for arm in rivals}
    if metric(name).better == "lower":
        return [arm for arm, gap in gaps.items() if not gap.high < 0]
    return [arm for arm, gap in gaps.items() if not gap.low > 0]


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
