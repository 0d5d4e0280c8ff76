"""Which experiment would tell an effect, and what it would get wrong: one page for who plans it and who must believe it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sim.charts.lab import plot_designs, plot_power
from sim.charts.style import figure_of
from sim.estimators.performance import Performance
from sim.estimators.sequential import times_as_long
from sim.metrics.catalogue import Unit
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import difference, lasting
from sim.report.instead import Bolder, OutcomeFound, instead_sentence, sign_sentence
from sim.report.interference import LoadFound, ShareFound, interference_figures, spill_over_sentence
from sim.report.learning import Learning, learning_section, now_sentence, worth_sentence
from sim.report.rollout import RolloutFound, rollout_section
from sim.report.sheet import Sheet, SheetSection, sheet_document
from sim.words.language import joined, t
from sim.words.units import percent, shift, whole

WEEK_DAYS = 7.0
TRUSTED_BIAS, TRUSTED_COVERAGE = 0.5, 0.9
"""A design is recommended if its bias is surely less than this share of the truth, and its interval may hold that this often."""
CHANCE = 0.025
"""Share of the experiments that are of the wrong sign by chance alone where there is hardly an effect."""
Outcome = Literal["returned_6m", "returned_60d", "completed", "contribution_6m_eur"]
UNITS: Mapping[str, Unit] = {"returned_6m": "share", "returned_60d": "share", "completed": "share", "contribution_6m_eur": "eur"}


@dataclass(frozen=True)
class DesignFound:
    """A design with one of its estimators."""

    design: str
    estimator: str
    unit: str
    """What is assigned: client, pro, zone, period or zone_period."""
    randomised: bool
    found: Performance
    clients: float
    """New clients while an experiment lasts, on average."""
    exposed: float
    """Of these, shown the treated arm."""
    by_outcome: Mapping[str, float]
    """Weeks until the effect on each outcome is found with 80 %; inf: never."""
    by_formula: float = math.nan
    """Power as a formula says it beforehand, without bias; nan where there is none."""
    at_stake_eur: float = 0.0
    """EUR that clients who were shown the treated arm contributed within 6 months."""

    @property
    def name(self) -> str:
        """Of design and, where it has several, estimator."""
        return self.design if self.design != "two_sided" else f"{self.design}, {self.estimator}"

    @property
    def weeks(self) -> float:
        """Until the effect is found with 80 %."""
        return self.found.days_needed / WEEK_DAYS

    @property
    def exposed_until_found(self) -> float:
        """Clients shown the treated arm in so many weeks; inf: never."""
        return self.exposed * self.found.days_needed / self.found.days

    @property
    def is_trusted(self) -> bool:
        """Whether it surely does not mislead."""
        bias, limit = self.found.bias, TRUSTED_BIAS * abs(self.found.truth.estimate)
        return self.randomised and -limit <= bias.low and bias.high <= limit and self.found.coverage.high >= TRUSTED_COVERAGE

    @property
    def misleads(self) -> bool:
        """Whether its bias is surely more than half of that share of the truth."""
        bias, limit = self.found.bias, TRUSTED_BIAS / 2 * abs(self.found.truth.estimate)
        return bias.low > limit or bias.high < -limit


@dataclass(frozen=True)
class LabRecord:
    """All that the report of the lab is made of."""

    market: str
    control: str
    treated: str
    outcome: Outcome
    designs: tuple[DesignFound, ...]
    days: float
    within_weeks: float
    scores: str
    command: str
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str]
    shares: tuple[ShareFound, ...] = ()
    loads: tuple[LoadFound, ...] = ()
    signs: Mapping[str, OutcomeFound] = field(default_factory=dict)
    """By outcome other than the one that matters."""
    bolder: Bolder | None = None
    conditions: tuple[str, ...] = ()
    """What is unusual about the experiments, such as ``eligible_share=0.5``."""
    sees_truth: bool = False
    """Whether the treated arm is a reference that nobody could run."""
    short: tuple[str, ...] = ()
    """Designs whose periods are shorter than the time between two refreshes of scores."""
    learning: Learning | None = None
    """What experiments are worth; None: nobody says which worlds are plausible."""
    rollout: RolloutFound | None = None
    """None: none was planned."""

    @property
    def recommended(self) -> DesignFound | None:
        """Of those that surely do not mislead, the design that comes nearest to the truth in the time that a team would wait.

        None: all of them mislead, or never find the effect.
        """
        trusted = [one for one in self.designs if one.is_trusted and math.isfinite(one.weeks)]
        return min(trusted, key=lambda one: one.found.error_after(WEEK_DAYS * self.within_weeks), default=None)

    @property
    def is_in_time(self) -> bool:
        """Whether it tells within the weeks that a team would wait."""
        return self.recommended is not None and self.recommended.weeks <= self.within_weeks


def outcome_name(outcome: str) -> str:
    """What an outcome is, in the current language."""
    return {
        "returned_6m": t("new clients who book again within 6 months"),
        "returned_60d": t("new clients who book again within 60 days"),
        "completed": t("new clients whose first request leads to a session"),
        "contribution_6m_eur": t("contribution of a new client in 6 months"),
    }[outcome]


def assigned(unit: str) -> str:
    """What a design assigns as a whole, in the current language."""
    return {
        "client": t("each client"),
        "pro": t("each pro"),
        "zone": t("each zone"),
        "period": t("each period"),
        "zone_period": t("each zone and period"),
    }[unit]


def sentences(record: LabRecord) -> list[str]:
    """What was found, the most important first."""
    best, unit = record.recommended, UNITS[record.outcome]
    truth = record.designs[0].found.truth
    lines = [_recommendation(record)]
    lines.append(
        t(
            "What is true in this market: {treated} instead of {control}, for everybody while the experiment lasts, changes"
            " {outcome} by {truth} ({n} pairs of runs).",
            treated=record.treated,
            control=record.control,
            outcome=outcome_name(record.outcome),
            truth=difference(truth, unit),
            n=truth.n,
        )
    )
    if misleading := [one for one in record.designs if one.misleads]:
        lines.append(
            t(
                "What groups of one market do to one another makes these say something else: {designs}.",
                designs=joined(f"{one.name} ({shift(one.found.bias.estimate, unit)})" for one in misleading),
            )
        )
    if wrong := [one for one in record.designs if one.found.wrong_sign.low > CHANCE]:
        lines.append(
            t(
                "These are surely of the wrong sign now and then: {designs}.",
                designs=joined(f"{one.name} ({percent(round(one.found.wrong_sign.estimate, 2))})" for one in wrong),
            )
        )
    if best is not None and not record.is_in_time:
        by_clients = next((one.found for one in record.designs if one.design == "client"), None)
        lines.append(instead_sentence(best.found, WEEK_DAYS * record.within_weeks, by_clients, record.bolder, unit))
    if best is not None:
        names = {name: outcome_name(name) for name in best.by_outcome}
        lines.append(sign_sentence(best.by_outcome, record.outcome, record.signs, names, unit))
    if record.learning is not None:
        lines += [now_sentence(record.learning), worth_sentence(record.learning)]
    if best is not None and math.isfinite(best.weeks):
        lines.append(
            t(
                "Whoever looks every day and stops when the effect is seen needs an interval that holds at every look: with it"
                " {design} takes {time} at most.",
                design=best.name,
                time=lasting(best.weeks * times_as_long()),
            )
        )
    if record.shares:
        lines.append(spill_over_sentence(record.shares, truth, unit))
    return [line for line in lines if line]


def _recommendation(record: LabRecord) -> str:
    best = record.recommended
    if best is None:
        return t("No design tells this effect: all of them mislead, or never find it.")
    if record.is_in_time:
        return t(
            "Run the design {design} for {time}: it then finds the effect with 80 %, and {exposed} clients are shown {treated}.",
            design=best.name,
            time=lasting(best.weeks),
            exposed=whole(best.exposed_until_found),
            treated=record.treated,
        )
    return t(
        "No design is sure to find this effect within {time}. The one that comes nearest to the truth, {design}, takes {needed};"
        " what {time} of it would find is an effect of {least}.",
        time=lasting(record.within_weeks),
        design=best.name,
        needed=lasting(best.weeks),
        least=shift(best.found.detectable(record.within_weeks * WEEK_DAYS), UNITS[record.outcome]).lstrip("+"),
    )


def lab_document(record: LabRecord) -> Document:
    """The report of the lab, in the current language."""
    lines = sentences(record)
    figures = [
        ReportFigure(
            "designs",
            figure_of(plot_designs(record.designs, UNITS[record.outcome])),
            t("Thin: where 19 of 20 experiments end; thick: what they say on average, with its interval. Dashed: what is true."),
            " ".join(lines[:2]),
        ),
        ReportFigure(
            "power",
            figure_of(plot_power(record.designs, record.within_weeks)),
            t("Errors are taken to fall with the square root of time."),
            lines[0],
        ),
        *interference_figures(record.shares, record.loads, record.designs[0].found.truth, UNITS[record.outcome]),
    ]
    return sheet_document(lab_sheet(record), figures)


def lab_sheet(record: LabRecord) -> Sheet:
    """Sentences and table of the lab, in the current language."""
    return Sheet(
        title=t("Which experiment would tell?"),
        about=t(
            "Market {market}: {treated} against {control}, {n} experiments of each design, {days} days each, then 183 days to"
            " follow clients; scores {scores}.",
            market=record.market,
            treated=record.treated,
            control=record.control,
            n=record.designs[0].found.n,
            days=whole(record.days),
            scores=t("separate") if record.scores == "separate" else t("shared"),
        ),
        sentences=sentences(record),
        caption=t(
            "Bias: the mean estimate less the truth, from the same split laid over a market that is all treated and one that is"
            " not at all. Each experiment's own 95 % interval is asked whether it holds the truth for the whole market."
        ),
        header=(
            t("Design"),
            t("Assigned"),
            t("Bias"),
            t("One experiment is off by"),
            t("Interval holds the truth"),
            t("Finds the effect"),
            t("Wrong sign"),
            t("Wrong decision"),
            t("Needed for 80 %"),
            t("Clients treated"),
            t("Their contribution, EUR"),
        ),
        rows=[_row(one, UNITS[record.outcome]) for one in record.designs],
        notes=_notes(record),
        command=record.command,
        seed=record.seed,
        versions=record.versions,
        hashes=record.hashes,
        sections=tuple(_sections(record)),
    )


def _sections(record: LabRecord) -> Iterator[SheetSection]:
    if record.learning is not None:
        yield learning_section(record.learning)
    if record.rollout is not None:
        yield rollout_section(record.rollout)


def _row(one: DesignFound, unit: Unit) -> Sequence[str]:
    found = one.found
    return (
        one.name,
        assigned(one.unit),
        difference(found.bias, unit),
        shift(found.sd, unit).lstrip("+"),
        _share(found.coverage.estimate),
        _power(one),
        _share(found.wrong_sign.estimate),
        _share(found.wrong_decision.estimate),
        lasting(one.weeks),
        whole(one.exposed),
        whole(one.at_stake_eur),
    )


def _power(one: DesignFound) -> str:
    found = _share(one.found.power.estimate)
    return found if math.isnan(one.by_formula) else t("{share} (formula: {formula})", share=found, formula=_share(one.by_formula))


def _share(value: float) -> str:
    return percent(round(value, 2))


def _notes(record: LabRecord) -> tuple[str, ...]:
    notes = [
        t("One experiment is off by: the standard deviation of estimates over luck and split."),
        t("Wrong decision: the whole interval is better than what matters though the effect is not, or the other way round."),
        t(
            "Needed for 80 %: how long the experiment must last to find the effect with that probability, bias included; clients"
            " are followed for 183 days more."
        ),
    ]
    if any(math.isfinite(one.by_formula) for one in record.designs):
        notes.append(t("Formula: from how clients, zones and weeks of the control vary, as a team would plan it, without bias."))
    notes.append(t("Their contribution: what the clients treated while the experiment lasts contribute within 6 months."))
    if any(not one.randomised for one in record.designs):
        notes.append(
            t("Where nothing is randomised, before and after or beside other zones, whatever else changes is taken for the effect.")
        )
    if record.sees_truth:
        notes.append(t("{arm} sees the truth about pros: a reference, not a policy that anybody could run.", arm=record.treated))
    if record.short:
        notes.append(
            t(
                "Scores are computed anew once a week, which is longer than a period of {designs}: what is measured is the effect"
                " of showing the one order or the other, not of scores that answer to it.",
                designs=joined(record.short),
            )
        )
    if record.conditions:
        notes.append(t("Experiments differ from the usual: {keys}.", keys=", ".join(record.conditions)))
    return tuple(notes)
