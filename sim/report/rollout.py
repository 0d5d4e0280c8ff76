"""A planned rollout: what its guardrails would catch, when, and at what cost until then."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.charts.rollout import plot_stopped
from sim.charts.style import figure_of
from sim.metrics.watched import watched_metric
from sim.report.figures import ReportFigure
from sim.report.rule import Guardrail
from sim.report.sheet import SheetSection, SheetTable
from sim.statistics.intervals import Interval
from sim.words.language import t, word
from sim.words.units import brief, percent, shift, whole, with_unit

Rolled = Literal["bad", "treated", "same"]
"""The policy that must be caught, the one that is tried, and the control rolled out instead of itself."""


@dataclass(frozen=True)
class Alarm:
    """What a guardrail does over many rollouts of a policy."""

    rolled: Rolled
    policy: str
    """Name of the arm."""
    guardrail: Guardrail | None
    """None: whichever fires first, all together."""
    fired: Interval
    """Share of the rollouts in which its interval that holds at every look lay beyond the limit at some week's end."""
    warned: float
    """The same of the usual 95 % interval."""
    week: float
    """Median week at whose end it fired, from 1; nan for never."""
    share: float
    """Of clients treated then; nan for never."""
    clients: float
    """Mean number shown the policy until it fired, or until the end."""
    returned: Interval
    """How many fewer of them booked again within 183 days than under the control; < 0: more."""
    cost_eur: Interval
    """How much less they brought in that time."""
    by_week: tuple[float, ...]
    """Share of the rollouts in which it had fired by the end of each week."""
    warned_by_week: tuple[float, ...]
    """The same of the usual interval."""


@dataclass(frozen=True)
class Stage:
    """A stage, to be handed to whoever rolls out."""

    week: int
    """In which it begins, from 1."""
    share: float
    clients: float
    """First shown the policy in it."""
    sees: Mapping[str, float]
    """By guardrail's metric, the difference beyond the limit that fires by its end: half of the interval; nan: none by then."""


@dataclass(frozen=True)
class RolloutFound:
    """All that the page says about a rollout."""

    guardrails: tuple[Guardrail, ...]
    level: float
    """Of the interval of each guardrail."""
    stages: tuple[Stage, ...]
    stage_days: float
    alarms: tuple[Alarm, ...]
    never: Mapping[Rolled, tuple[float, float, Interval]]
    """By rolled, if nobody stopped it: clients shown, fewer who booked again, and EUR lost."""
    needs: tuple[Guardrail, float] | None
    """The guardrail that would see the policy that must be caught first, and how many times as large a market it takes to do so in
    half of the rollouts; None: on average that policy stays within all limits."""
    n: int
    """Rollouts of each policy."""

    def of(self, rolled: Rolled) -> Alarm:
        """All guardrails together."""
        return next(one for one in self.alarms if one.rolled == rolled and one.guardrail is None)


def rollout_sentences(found: RolloutFound) -> list[str]:
    """What was found, the most important first."""
    bad, same, treated = (found.of(rolled) for rolled in ("bad", "same", "treated"))
    clients, fewer, eur = found.never["bad"]
    lines = []
    if bad.fired.estimate > 0:
        lines.append(
            t(
                "Were {policy} rolled out by mistake, the guardrails would stop it in {share} of rollouts, half of these by week"
                " {week}; until then, or the end, {clients} clients have seen it, and {eur} are lost instead of {never}.",
                policy=bad.policy,
                share=_share(bad.fired.estimate),
                week=whole(bad.week),
                clients=whole(bad.clients),
                eur=_eur(bad.cost_eur.estimate),
                never=_eur(eur.estimate),
            )
        )
    if bad.fired.estimate < 0.995:
        lines.append(
            t(
                "What is not seen: in {share} of rollouts {policy} gets to the end. Never stopped it is shown to {clients} clients,"
                " of whom {fewer} fewer book again within 6 months, and costs {eur}: a rollout of this size is no proof that"
                " a policy does no harm.",
                share=_share(1 - bad.fired.estimate),
                policy=bad.policy,
                clients=whole(clients),
                fewer=whole(fewer),
                eur=_eur(eur.estimate),
            )
        )
    if bad.fired.estimate < 0.5:
        lines.append(_needed(found))
    lines.append(
        t(
            "Two equal arms raise a false alarm in {share} of rollouts [{low}, {high}], over all weeks and guardrails;"
            " {treated} would be stopped in {stopped}.",
            share=_share(same.fired.estimate),
            low=_share(same.fired.low),
            high=_share(same.fired.high),
            treated=treated.policy,
            stopped=_share(treated.fired.estimate),
        )
    )
    lines.append(
        t(
            "A team that stops at the usual 95 % interval, looking every week, would stop two equal arms in {share} of rollouts,"
            " {treated} in {treated_share} and {bad} in {bad_share}.",
            share=_share(same.warned),
            treated=treated.policy,
            treated_share=_share(treated.warned),
            bad=bad.policy,
            bad_share=_share(bad.warned),
        )
    )
    return lines


def _needed(found: RolloutFound) -> str:
    if found.needs is None:
        return t("On average it stays within all limits.")
    guardrail, times = found.needs
    return t(
        "A market {times} times as large, with the same harm, would stop it in half of the rollouts, by: {guardrail}.",
        times=brief(times),
        guardrail=_limit(guardrail),
    )


def rollout_section(found: RolloutFound) -> SheetSection:
    """The section of a page, in the current language."""
    return SheetSection(
        title=t("Rollout by stages"),
        sentences=rollout_sentences(found),
        tables=(_stages(found), _alarms(found)),
        notes=(
            t(
                "A guardrail fires when, at a week's end, its interval lies beyond the limit. The interval of each holds with"
                " {level} at all weeks together and fires on one side only, so that over all {n} guardrails two equal arms are"
                " stopped in at most 5 of 100 rollouts.",
                level=percent(round(found.level, 4)),
                n=len(found.guardrails),
            ),
            t(
                "Clients of one stage are compared, each request by the group in which it was made. With everybody treated there"
                " is no control any more, and nothing is learned from then on."
            ),
            t(
                "Cost: what the clients shown the policy until it was stopped brought less within 183 days than under the control,"
                " as if those had gone on seeing it until the last stage ended."
            ),
        ),
        figures=(rollout_figure(found),),
    )


def rollout_figure(found: RolloutFound) -> ReportFigure:
    """When the policies have been stopped."""
    bad = found.of("bad")
    lines = {_named(one): one.by_week for one in (bad, found.of("treated"), found.of("same"))}
    lines[t("{policy}, at the usual 95 % interval", policy=bad.policy)] = bad.warned_by_week
    weeks = len(bad.by_week)
    shares = [next(stage.share for stage in reversed(found.stages) if stage.week <= week + 1) for week in range(weeks)]
    return ReportFigure(
        "rollout",
        figure_of(plot_stopped(lines, shares, found.n)),
        t("Grey: share of clients who see the policy. What a line does not reach was not caught."),
        " ".join(rollout_sentences(found)[:2]),
    )


def _named(one: Alarm) -> str:
    return t("{policy} against itself", policy=one.policy) if one.rolled == "same" else one.policy


def _stages(found: RolloutFound) -> SheetTable:
    header = [t("From week"), t("Share treated"), t("Clients who are new to it")]
    header += [_limit(one) for one in found.guardrails]
    return SheetTable(
        caption=t(
            "Stages. Go on to the next one while no guardrail has fired; behind each limit how far beyond it a difference must"
            " be to fire by the end of the stage."
        ),
        header=header,
        rows=[
            (
                whole(stage.week),
                percent(stage.share),
                whole(stage.clients),
                *(_beyond(one, stage.sees[one.metric]) for one in found.guardrails),
            )
            for stage in found.stages
        ],
    )


def _alarms(found: RolloutFound) -> SheetTable:
    return SheetTable(
        caption=t("What each guardrail does, over {n} rollouts of each policy.", n=found.n),
        header=(
            t("Policy and guardrail"),
            t("Stopped"),
            t("Stopped at 95 %"),
            t("Median week"),
            t("Share treated"),
            t("Clients shown it"),
            t("Fewer who return"),
            t("Lost"),
        ),
        rows=[
            (
                f"{_named(one)}: {_limit(one.guardrail) if one.guardrail else t('all together')}",
                f"{_share(one.fired.estimate)} [{whole(100 * one.fired.low)}, {whole(100 * one.fired.high)}]",
                _share(one.warned),
                whole(one.week),
                "–" if math.isnan(one.share) else percent(one.share),
                whole(one.clients),
                whole(one.returned.estimate),
                _eur(one.cost_eur.estimate),
            )
            for one in found.alarms
            # every alarm of the others is in rollout.csv
            if one.rolled == "bad" or one.guardrail is None
        ],
    )


def _limit(one: Guardrail) -> str:
    shown = watched_metric(one.metric)
    return f"{word(shown.label)} {shift(one.signed_limit, shown.unit)}"


def _beyond(one: Guardrail, half: float) -> str:
    return "–" if math.isnan(half) else shift(half, watched_metric(one.metric).unit).lstrip("+")


def _share(value: float) -> str:
    return percent(round(value, 2))


def _eur(value: float) -> str:
    return with_unit(whole(value), "EUR")
