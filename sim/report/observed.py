"""What a real experiment says: whether to believe it, its effect, and whether a simulated market agrees."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.charts.observed import plot_observed
from sim.charts.style import figure_of
from sim.metrics.catalogue import Unit
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import difference, p_value
from sim.report.lab import UNITS, Outcome, assigned, outcome_name
from sim.report.sheet import Sheet, sheet_document
from sim.statistics.intervals import Interval
from sim.words.language import t, tn
from sim.words.units import NOT_DEFINED, percent, rounded, shift, whole

Verdict = Literal["fine", "doubtful", "broken", "unknown", "seen", "not_seen", "consistent", "not_consistent"]
AGREED = 0.05
"""P-value below which an estimate is not what a simulated market predicts."""
LOOK_BACK_DAYS = 183
"""A client who did not ask for so long before the experiment counts as new with reason."""


@dataclass(frozen=True)
class Line:
    """A check or an estimator: what it found; nan where it has no such number."""

    name: str
    estimate: float
    low: float
    high: float
    standard_error: float
    n_treated: int
    n_control: int
    p_value: float
    verdict: Verdict
    about: str = ""
    """What is special to it: the share meant, the covariate that differs most, the day on which an effect was first seen."""

    @property
    def interval(self) -> Interval:
        """The estimate with its interval."""
        return Interval(self.estimate, self.low, self.high, self.n_treated + self.n_control)


@dataclass(frozen=True)
class Beside:
    """Simulated experiments of the same design and length, and whether the real one is like them."""

    market: str
    control: str
    treated: str
    mean: float
    """Of their estimates."""
    mean_error: float
    """Its standard error."""
    sd: float
    """What one of them would be off by with as many clients as the real one has."""
    truth: float
    """Effect of treating everybody in that market."""
    bias: float
    n: int
    """How many."""
    p_value: float
    """Of the hypothesis that the real one is of the same effect."""

    @property
    def interval(self) -> Interval:
        """The mean with its 95 % interval."""
        reach = 1.96 * self.mean_error
        return Interval(self.mean, self.mean - reach, self.mean + reach, self.n)

    @property
    def low(self) -> float:
        """Where 19 of 20 with as many clients end: the lower bound."""
        return self.mean - 1.96 * self.sd

    @property
    def high(self) -> float:
        """The upper bound."""
        return self.mean + 1.96 * self.sd

    @property
    def verdict(self) -> Verdict:
        """Whether the real one is as predicted."""
        return "consistent" if self.p_value >= AGREED else "not_consistent"


@dataclass(frozen=True)
class ObservedRecord:
    """All that the report of a real experiment is made of."""

    source: str
    design: str
    unit: str
    outcome: Outcome
    control: str
    """What the file calls it; empty where nothing was assigned."""
    treated: str
    start: str
    end: str
    last: str
    """Last day of the file."""
    known_on: str
    """Day on which the last client of the experiment has been followed."""
    window_days: float
    lookback_days: float
    """From the first day of the file to the experiment."""
    by_visit: bool
    """The file does not say when bookings were made."""
    clients: int
    unfollowed: int
    had_booked: int
    ungrouped: int
    early: int
    """New clients who asked before they were assigned."""
    checks: tuple[Line, ...]
    estimates: tuple[Line, ...]
    """The design's own first."""
    beside: Beside | None
    command: str
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str]

    @property
    def is_broken(self) -> bool:
        """Whether groups are not what was meant, so that no estimate is to be trusted."""
        return any(check.verdict == "broken" for check in self.checks)


def verdict_name(verdict: Verdict) -> str:
    """A verdict in the current language."""
    return {
        "fine": t("as it should be"),
        "doubtful": t("look"),
        "broken": t("do not trust"),
        "unknown": t("cannot be told"),
        "seen": t("an effect is seen"),
        "not_seen": t("no effect is seen"),
        "consistent": t("consistent"),
        "not_consistent": t("not consistent"),
    }[verdict]


def line_name(name: str) -> str:
    """A check or an estimator in the current language."""
    return {
        "sample_ratio": t("Share treated"),
        "balance": t("Groups alike before"),
        "settling": t("Later days of a period less the first"),
        "carry_over": t("Periods that are still felt"),
        "spill_over": t("All others nearby treated instead of none"),
        "treated_since_before": t("Treated group since before"),
        "control_since_before": t("Control group since before"),
        "difference": t("Difference between groups"),
        "hajek": t("Means of periods"),
        "before_after": t("Before and after"),
        "adjusted": t("Adjusted by what was known before"),
        "always_valid": t("At any look"),
    }[name]


def covariate_name(name: str) -> str:
    """What was known of a client before, in the current language."""
    return {
        "lead_days": t("lead time"),
        "hour": t("hour of the request"),
        "weekday": t("day of the week"),
        "service": t("service"),
        "zone": t("zone of the client"),
    }[name]


def sentences(record: ObservedRecord) -> list[str]:
    """What was found, the most important first."""
    own = record.estimates[0]
    effect = difference(own.interval, UNITS[record.outcome])
    lines = [sentence for check in record.checks if check.verdict == "broken" for sentence in _told(check)]
    said = t(
        "{treated} instead of {control} changes {outcome} by {effect}.",
        treated=record.treated or t("after"),
        control=record.control or t("before"),
        outcome=outcome_name(record.outcome),
        effect=effect,
    )
    seen = t("The effect is seen.") if own.verdict == "seen" else t("That can be luck: no effect is seen.")
    if record.is_broken:
        lines.append(t("What the file says, not to be trusted: {said}", said=said))
    else:
        lines.append(f"{said} {seen}")
    if record.beside is not None:
        lines.append(_agreement(record, record.beside))
        unit = UNITS[record.outcome]
        lines.append(
            t(
                "There, treating everybody instead of nobody changes it by {truth}; what an experiment of this design says beyond"
                " that, groups do to one another: {bias}.",
                truth=shift(record.beside.truth, unit),
                bias=shift(record.beside.bias, unit),
            )
        )
    lines += [sentence for check in record.checks if check.verdict == "doubtful" for sentence in _told(check)]
    if record.design == "before_after":
        lines.append(t("Nothing was drawn: whatever else changed between before and after is taken for the effect."))
    lines += _looked(record)
    return lines + _counted(record)


def _agreement(record: ObservedRecord, beside: Beside) -> str:
    unit = UNITS[record.outcome]
    values = {
        "n": whole(beside.n),
        "market": beside.market,
        "treated": beside.treated,
        "control": beside.control,
        "mean": difference(beside.interval, unit),
        "sd": shift(beside.sd, unit).lstrip("+"),
        "p": _against(beside.p_value),
    }
    if beside.verdict == "consistent":
        return t(
            "Consistent with the simulated market {market} (p {p}): {n} experiments of this design and length with"
            " {treated} instead of {control} say {mean} on average, and one with as many clients is off by {sd}.",
            **values,
        )
    return t(
        "Not consistent with the simulated market {market} (p {p}): {n} experiments of this design and length with {treated}"
        " instead of {control} say {mean} on average, and one with as many clients is off by {sd}. The market, or what is tried, is"
        " not as it is described.",
        **values,
    )


def _against(p: float) -> str:
    """A p-value behind its letter: ``= 0.862``, ``< 0.001``."""
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _told(check: Line) -> list[str]:
    """What follows from a check that is not as it should be."""
    p = _against(check.p_value)
    if check.name == "sample_ratio":
        return [
            t(
                "Do not trust this experiment: {share} are treated where {meant} was meant ({treated} and {control}; p {p})."
                " Somebody is missing or counted twice in one group.",
                share=percent(round(check.estimate, 3)),
                meant=percent(float(check.about)),
                treated=whole(check.n_treated),
                control=whole(check.n_control),
                p=p,
            )
        ]
    if check.name == "balance":
        return [
            t(
                "The groups differed before anything was tried (p {p}), most in: {what} ({d} standard deviations). Was it assigned"
                " at random?",
                p=p,
                what=covariate_name(check.about),
                d=rounded(check.estimate, 2, signed=True),
            )
        ]
    if check.name == "settling":
        return [t("The effect differs between the first and the later days of a period: what was shown before is still felt.")]
    if check.name == "carry_over":
        return [
            tn(
                "What was shown {n} period ago is still felt: choose longer periods, or leave out their first days (burn_in_days).",
                "What was shown {n} periods ago is still felt: choose longer ones, or leave out their first days (burn_in_days).",
                int(check.estimate),
            )
        ]
    if check.name == "spill_over":
        return [
            t(
                "Clients do otherwise where more of the others are treated: the groups reach into one another, and the estimate is"
                " not the effect on everybody."
            )
        ]
    if check.name == "treated_since_before":
        return [t("One group rose and the other fell since before: the treated may have gained at the cost of the control.")]
    return []


def _looked(record: ObservedRecord) -> list[str]:
    """For a team that has looked on the way."""
    line = next((one for one in record.estimates if one.name == "always_valid"), None)
    if line is None or line.verdict == "unknown":
        return []
    shown = difference(line.interval, UNITS[record.outcome])
    if line.about:
        return [
            t("Looked at every day, the effect was first seen on {day}; the interval that holds at every look is {shown}.",
              day=line.about, shown=shown)
        ]  # fmt: skip
    return [t("Who looked on the way and could have stopped needs the interval that holds at every look: {shown}.", shown=shown)]


def _counted(record: ObservedRecord) -> list[str]:
    """Who counts, and who does not."""
    lines = [t("{n} new clients count, who first asked from {start} to {end}.",
               n=whole(record.clients), start=record.start, end=record.end)]  # fmt: skip
    if record.unfollowed:
        lines.append(
            tn(
                "{n} more is not followed for {days} days by the last day of the file, {last}: wait until {known_on} for all.",
                "{n} more are not followed for {days} days by the last day of the file, {last}: wait until {known_on} for all.",
                record.unfollowed,
                days=whole(record.window_days),
                last=record.last,
                known_on=record.known_on,
            )
        )
    if record.ungrouped:
        lines.append(tn("{n} new client is in neither group.", "{n} new clients are in neither group.", record.ungrouped))
    if record.early:
        lines.append(
            tn(
                "{n} new client asked before being assigned, and does not count.",
                "{n} new clients asked before they were assigned, and do not count.",
                record.early,
            )
        )
    if record.had_booked:
        lines.append(
            tn(
                "{n} client who asked meanwhile had done so before, and does not count.",
                "{n} clients who asked meanwhile had done so before, and do not count.",
                record.had_booked,
            )
        )
    if record.by_visit:
        lines.append(t("The file does not say when bookings were made: all is counted by the days of the visits."))
    if record.lookback_days < LOOK_BACK_DAYS:
        lines.append(
            t(
                "The file begins {days} days before the experiment: who asked before that counts as new. Take a longer file, or map"
                " columns.left_censored.",
                days=whole(record.lookback_days),
            )
        )
    return lines


def observed_document(record: ObservedRecord) -> Document:
    """The report of a real experiment, in the current language."""
    unit = UNITS[record.outcome]
    drawn = [(line_name(one.name), one.interval) for one in record.estimates if math.isfinite(one.low)]
    if record.beside is not None:
        beside = record.beside
        drawn.append((t("Simulated, {n} experiments", n=whole(beside.n)), Interval(beside.mean, beside.low, beside.high, beside.n)))
    figure = ReportFigure(
        "experiment",
        figure_of(plot_observed(drawn, unit)),
        t("Lines: 95 % intervals; of simulated experiments, where 19 of 20 with as many clients end."),
        " ".join(sentences(record)[:2]),
    )
    return sheet_document(observed_sheet(record), [figure])


def observed_sheet(record: ObservedRecord) -> Sheet:
    """Sentences and table of a real experiment, in the current language."""
    rows = [_row(line, UNITS[record.outcome]) for line in (*record.checks, *record.estimates)]
    if (beside := record.beside) is not None:
        shown = difference(Interval(beside.mean, beside.low, beside.high, beside.n), UNITS[record.outcome])
        name = t("Simulated, {n} experiments", n=whole(beside.n))
        rows.append((name, shown, NOT_DEFINED, NOT_DEFINED, p_value(beside.p_value), verdict_name(beside.verdict)))
    return Sheet(
        title=t("What does the experiment say?"),
        about=t(
            "{source}: {treated} against {control}, assigned: {unit}, from {start} to {end}.",
            source=record.source,
            treated=record.treated or t("after"),
            control=record.control or t("before"),
            unit=assigned(record.unit),
            start=record.start,
            end=record.end,
        ),
        sentences=sentences(record),
        caption=t("Checks first: an estimate is as good as they are. Then what each estimator says, with its 95 % interval."),
        header=(t("What"), t("Found"), t("Treated"), t("Control"), "p", t("Verdict")),
        rows=rows,
        notes=_notes(record),
        command=record.command,
        seed=record.seed,
        versions=record.versions,
        hashes=record.hashes,
    )


def _row(line: Line, unit: Unit) -> Sequence[str]:
    if not math.isfinite(line.estimate):
        shown = NOT_DEFINED
    elif line.name == "sample_ratio":
        shown = percent(round(line.estimate, 3))
    elif line.name == "balance":
        shown = t("{what}: {d} sd", what=covariate_name(line.about), d=rounded(line.estimate, 2, signed=True))
    elif line.name == "carry_over":
        shown = whole(line.estimate)
    elif not math.isfinite(line.low):
        shown = shift(line.estimate, unit)
    else:
        shown = difference(line.interval, unit)
    counts = (whole(line.n_treated), whole(line.n_control)) if line.n_treated or line.n_control else (NOT_DEFINED, NOT_DEFINED)
    return (line_name(line.name), shown, *counts, p_value(line.p_value), verdict_name(line.verdict))


def _notes(record: ObservedRecord) -> tuple[str, ...]:
    names = {line.name for line in (*record.checks, *record.estimates)}
    notes = [
        t(
            "New clients are those whose first request in the file lies in the experiment; each counts by what became of it, and of"
            " later ones, whatever happened to the groups after the end."
        )
    ]
    if "always_valid" in names:
        notes.append(t("At any look: an interval that holds on every day at once, so that it is allowed to look and to stop."))
    if "adjusted" in names:
        notes.append(
            t("Adjusted: the part of the outcome that was known before is taken out (CUPED). Decide by the design's own estimate.")
        )
    if record.outcome == "contribution_6m_eur":
        notes.append(t("Contribution: the market's commission on the prices of visits, less its variable cost of each."))
    if record.beside is not None:
        notes.append(
            t("Consistent: the difference between estimate and prediction is not beyond the errors of both (p of 5 % or more).")
        )
    return tuple(notes)
