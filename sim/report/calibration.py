"""A finished calibration as one page: what was read, what was fitted, and whether the simulated world is like the real one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.arrays import Floats
from sim.bookings.rows import Issue
from sim.calibration.findings import Finding, PolicyGain
from sim.calibration.fit import INDISTINCT_AIC
from sim.calibration.lifetime_value import FEWEST_CLIENTS, N_DRAWS, NewClientValue
from sim.calibration.likeness import LEVELS, MEANINGS, TOLERANCES, Check
from sim.calibration.observed import MOST_VISITS
from sim.charts import style
from sim.charts.calibration import plot_hold_out, plot_ladder, plot_second_visits, plot_shares
from sim.report import held_out
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.held_out import HeldOutPage, coverage_sentence, drift_sentence, earlier_sentence, percent, reasons, share_of
from sim.report.held_out import verdict as held_verdict
from sim.report.html import render
from sim.report.markdown import short_markdown
from sim.said import Said, say
from sim.statistics.intervals import Interval
from sim.words.language import enumerated, joined, t, told
from sim.words.units import NOT_DEFINED, WRITINGS, amounts, rounded, whole, with_unit

TONES = {"alike": "better", "close": "not-distinguishable", "differs": "worse", "cannot tell": "not-defined"}
"""Class of a verdict in the style sheet."""
APART = (*LEVELS, "utilisation", "pro_rho")
"""Checks with sentences of their own."""
PARAMETER_MEANINGS = {
    "rate_shape": say("how alike the rates of clients are: the larger, the more alike"),
    "rate_weeks": say("weeks over which the rates are counted: rate_shape / rate_weeks visits a week on average"),
    "drop_a": say("with drop_b, how likely clients leave after a visit: drop_a / (drop_a + drop_b) on average"),
    "drop_b": say("with drop_a, how much clients differ in that: the smaller both, the more"),
    "gap_shape": say("how regular the gaps between visits are: 1 is no rhythm at all"),
    "gap_shape_log_sd": say("how much clients differ in regularity: 0 not at all, 1 very much"),
    "one_time_share": say("share of clients who never have a second need"),
    "lapse_share": say("share of gaps without rhythm, such as a time away"),
    "lapse_gaps": say("mean length of such a gap, in the client's own usual gaps"),
}
WEEKDAYS = (say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun"))
MONTHS = (
    *(say("Jan"), say("Feb"), say("Mar"), say("Apr"), say("May"), say("Jun")),
    *(say("Jul"), say("Aug"), say("Sep"), say("Oct"), say("Nov"), say("Dec")),
)


@dataclass(frozen=True)
class LeftOpen:
    """What a file leaves open about its market, as worlds that can be compared in."""

    numbers: Sequence[tuple[str, float, float, float]]
    """Name, and quantiles .05, .5 and .95 of its draws: what the file has narrowed."""
    assumed: Sequence[str]
    """Names of numbers and switches of which it says nothing."""
    n: int
    """Draws."""
    use: str
    """What to type to compare policies in such worlds."""


@dataclass(frozen=True)
class CalibrationPage:
    """What the page of a calibration says."""

    source: str
    """Where the bookings come from."""
    period: Said
    market: str
    arm: str
    model: Said | str
    """Name of the client model."""
    log_likelihood: float
    n_clients: int
    """New clients that it was fitted to."""
    parameters: Sequence[tuple[str, Interval]]
    forms: Sequence[tuple[Said | str, float, float]]
    """Name, log likelihood and AIC of every form that was tried."""
    issues: Sequence[Issue]
    found: Sequence[Finding]
    untold: Sequence[tuple[str, Said]]
    checks: Sequence[Check]
    n_runs: int
    held: HeldOutPage | None
    """What was forecast of the hold-out; None without one."""
    command: str
    use: str
    """What to type to use the market."""
    seed: int
    versions: Mapping[str, str]
    warnings: Sequence[Said] = ()
    """What makes the fit or the forecast say less than it seems to."""
    signs: Sequence[Said] = ()
    """What shows that the first visit can end the relation; forms in which it cannot were then not chosen from."""
    values: Sequence[NewClientValue] = ()
    """What new clients pay, by channel and horizon; empty where the file has no prices, or too few."""
    spread: Interval | None = None
    """Correlation of new clients' return within pros, in the file; None without pros."""
    gains: Sequence[PolicyGain] = ()
    """What a policy gains at the ends of that spread; empty where the file does not tell it."""
    left_open: LeftOpen | None = None
    """None where no worlds were asked for."""


@dataclass(frozen=True)
class HeldOut:
    """Visits by week of what was held out, cumulative."""

    true: Floats
    """(n_weeks,)."""
    forecasts: Mapping[Said | str, Floats]
    """By name, (n_weeks,) each; the simulation first."""
    band: tuple[Floats, Floats]
    """(n_weeks,) each: 95 % interval."""


@dataclass(frozen=True)
class CalibrationRecord:
    """All that the report of a calibration is made of."""

    page: CalibrationPage
    real: Mapping[str, Floats]
    """Cases of the file behind each distribution that is drawn, by name."""
    simulated: Mapping[str, Floats]
    """As ``real``, of all runs together."""
    held_out: HeldOut | None


def calibration_document(record: CalibrationRecord) -> Document:
    """The report of a calibration."""
    figures = draw_calibration(record)
    page = record.page
    title = t("Is the simulated market like the real one?")
    return Document(render_calibration(page, figures), short_markdown(title, summary(page), figures, page.command), figures)


def draw_calibration(record: CalibrationRecord) -> list[ReportFigure]:
    """The charts of the page."""
    checks = {check.name: check for check in record.page.checks}
    real, pooled = record.real, record.simulated
    drawn = [
        (
            "ladder",
            plot_ladder(record.page.checks),
            t("Dots within the band: no further apart than luck makes two samples of this size."),
            joined(
                t(
                    "{figure}: {real} in the file, {simulated} simulated",
                    figure=told(check.label),
                    real=one_side(check, check.real),
                    simulated=one_side(check, check.simulated),
                )
                for check in record.page.checks[:4]
            ),
        ),
        (
            "second_visits",
            plot_second_visits(real["second_gaps"], pooled["second_gaps"]),
            t("Lines that lie on one another: clients come back as soon as in the file."),
            t("Share of clients back by day, of those who come back within 183 days."),
        ),
        (
            "visits_per_client",
            plot_shares(
                t("Visits in the first year"),
                checks["visits_per_client"].n_real,
                real["visits_per_client"] - 1,
                pooled["visits_per_client"] - 1,
                [*(str(i) for i in range(1, MOST_VISITS)), f"{MOST_VISITS}+"],
            ),
            t("How many visits a new client makes in the first year, the first included."),
            t("Visits in the first year, file beside simulation."),
        ),
        (
            "weekdays",
            plot_shares(
                t("Day of the week"),
                checks["weekday"].n_real,
                real["weekdays"],
                pooled["weekdays"],
                list(map(told, WEEKDAYS)),
            ),
            t("A wanted start on a weekday in less demand moves on to the next; what pros and favourites do comes on top."),
            t("Visits by day of the week, file beside simulation."),
        ),
        (
            "months",
            plot_shares(
                t("Month"),
                checks["month"].n_real,
                real["months"],
                pooled["months"],
                [told(name)[0].upper() for name in MONTHS],
            ),
            t("Only new clients have seasons in the market; needs of known ones have none."),
            t("Visits by month, file beside simulation."),
        ),
    ]
    held = record.held_out
    if held is not None and record.page.held is not None:
        words = joined(
            t("{forecast}: total {error}", forecast=told(name), error=percent(line.total_error))
            for name, line in record.page.held.lines
        )
        forecasts = {told(name): values for name, values in held.forecasts.items()}
        drawn.append(
            (
                "hold_out",
                plot_hold_out(held.true, forecasts, held.band),
                t("The closer a forecast stays to the black line, the better; none has seen any of it."),
                words,
            )
        )
    return [ReportFigure(name, style.figure_of(ax), caption, alt) for name, ax, caption, alt in drawn]


def in_file(checks: Sequence[Check]) -> list[Check]:
    """The figures that the file has."""
    return [check for check in checks if check.n_real]


def summary(page: CalibrationPage) -> list[str]:
    """The findings in plain sentences."""
    judged = [check for check in in_file(page.checks) if check.verdict != "cannot tell" and check.name not in APART]
    alike = sum(check.verdict == "alike" for check in judged)
    off = [told(check.label) for check in judged if check.verdict == "differs"]
    sentences = [*_served(page.checks), *_spread(page)]
    if judged:
        sentences.append(
            t(
                "{n} of {all} figures of the simulated market are as close to the file as luck allows; these differ by more than a"
                " tenth: {figures}.",
                n=alike,
                all=len(judged),
                figures=", ".join(off),
            )
            if off
            else t(
                "{n} of {all} figures of the simulated market are as close to the file as luck allows.", n=alike, all=len(judged)
            )
        )
    elif not any(check.verdict == "differs" for check in page.checks):
        sentences.append(t("The file is too short or too small to judge any figure."))
    sentences += [told(words) for words in page.warnings]
    if page.held is not None:
        sentences += held_out.sentences(page.held)
    sentences += _worth(page)
    sentences += _form(page)
    sentences.append(t("{n} numbers of the market come from the file, the others are those of the base market.", n=len(page.found)))
    return [*sentences, *_left_open(page.left_open)]


def _left_open(worlds: LeftOpen | None) -> list[str]:
    """What the file has narrowed, and what stays an assumption; nothing without worlds."""
    if worlds is None:
        return []
    return [
        t(
            "The file narrows {n} of them to a range, as {draws} joint draws; {assumed} numbers and switches of which it says"
            " nothing stay assumptions. Whether a decision holds in such markets: {command}",
            n=len(worlds.numbers),
            draws=worlds.n,
            assumed=len(worlds.assumed),
            command=worlds.use,
        )
    ]


def _served(checks: Sequence[Check]) -> list[str]:
    """Whether the market serves what the file served; nothing where that is not compared."""
    levels = [check for check in in_file(checks) if check.name in LEVELS]
    said = joined(
        t(
            "{figure}: {real} in the file, {simulated} simulated",
            figure=told(check.label),
            real=one_side(check, check.real),
            simulated=one_side(check, check.simulated),
        )
        for check in levels
    )
    if not levels:
        return []
    if any(check.verdict == "differs" for check in levels):
        return [
            t(
                "The simulated market does not serve what the file served ({figures}): whatever else is alike, compare no policies"
                " in it.",
                figures=said,
            ),
            *_starving(levels),
        ]
    sentences = [t("The simulated market serves what the file served ({figures}).", figures=said)]
    busy = next((check for check in in_file(checks) if check.name == "utilisation" and check.verdict == "differs"), None)
    if busy is not None:
        sentences.append(
            t(
                "Its pros are busy {simulated} of their hours, those of the file {real}: a policy may find more, or fewer, of them"
                " free than there are.",
                simulated=one_side(busy, busy.simulated),
                real=one_side(busy, busy.real),
            )
        )
    return sentences


def _starving(levels: Sequence[Check]) -> list[str]:
    """Whether the market leaves more requests without a pro than the file did."""
    return [
        t(
            "It leaves requests without a pro that the file served: {simulated} of them find one, {real} in the file. Clients who"
            " find none come back less often, which moves every figure of their return; see what the file cannot tell of pros.n.",
            simulated=one_side(check, check.simulated),
            real=one_side(check, check.real),
        )
        for check in levels
        if check.name == "fill_rate" and check.verdict == "differs" and check.simulated < check.real
    ]


def _spread(page: CalibrationPage) -> list[str]:
    """How much pros differ, and what that is worth to a policy; nothing without pros."""
    check = next((check for check in in_file(page.checks) if check.name == "pro_rho"), None)
    if check is None or page.spread is None:
        return []
    sentences = [
        t(
            "How much pros differ decides what a policy can gain: the correlation of return within pros is {rho} {interval} in the"
            " file and {simulated} in the simulated market.",
            rho=rounded(page.spread.estimate, 3),
            interval=t("[{low}, {high}]", low=rounded(page.spread.low, 3), high=rounded(page.spread.high, 3)),
            simulated=rounded(check.simulated, 3),
        )
    ]
    if page.gains:
        points = enumerated(
            t("{points} at the {end} ({rho})", points=gained(gain), end=told(gain.what), rho=rounded(gain.rho, 3))
            for gain in page.gains
        )
        sentences.append(
            t(
                "Points of return within 183 days that {policy} gains over {control}, by that correlation: {points}.",
                policy=page.gains[0].policy,
                control=page.gains[0].control,
                points=points,
            )
        )
    return sentences


def gained(gain: PolicyGain) -> str:
    """Points of return with their interval: ``+1.20 [0.40, 2.00]``."""
    points = gain.points
    if not math.isfinite(points.estimate):
        return NOT_DEFINED
    ends = t("[{low}, {high}]", low=rounded(points.low, 2, signed=True), high=rounded(points.high, 2, signed=True))
    return f"{rounded(points.estimate, 2, signed=True)} {ends}"


def _worth(page: CalibrationPage) -> list[str]:
    """What a new client pays within the longest horizon; nothing without prices."""
    if not page.values:
        return []
    found = max((one for one in page.values if not one.channel), key=lambda one: one.months)
    return [
        t(
            "A new client pays {value} in the first {months} months, of which {share} was paid by the end of the file.",
            value=_money(found.value_eur),
            months=found.months,
            share=share_of(found.paid_share),
        )
    ]


def _money(value: Interval) -> str:
    """An amount with its interval: ``214.43 € [195.86, 233.00]``."""
    estimate, low, high = amounts("eur", value.estimate, value.low, value.high)
    text = with_unit(estimate, WRITINGS["eur"].name)
    return f"{text} {t('[{low}, {high}]', low=low, high=high)}" if math.isfinite(value.low) else text


@dataclass(frozen=True)
class ValueRow:
    """One line of the table of what new clients pay, as it is written."""

    channel: str
    n_clients: str
    visit: str
    values: tuple[str, ...]
    """One a horizon."""
    paid: str
    """Share of the value over the longest horizon that was paid by the end of the file."""


def value_rows(page: CalibrationPage) -> list[ValueRow]:
    """The table of what new clients pay: all of them, then by channel."""
    by_channel: dict[str, list[NewClientValue]] = {}
    for one in page.values:
        by_channel.setdefault(one.channel, []).append(one)
    return [
        ValueRow(
            channel=channel or t("All new clients"),
            n_clients=whole(found[0].value_eur.n),
            visit=with_unit(amounts("eur", found[0].visit_eur)[0], WRITINGS["eur"].name),
            values=tuple(_money(one.value_eur) for one in found),
            paid=share_of(found[-1].paid_share),
        )
        for channel, found in by_channel.items()
    ]


def horizons(page: CalibrationPage) -> list[int]:
    """Months over which new clients are valued."""
    return [one.months for one in page.values if not one.channel]


def value_notes(page: CalibrationPage) -> list[str]:
    """What the values of new clients are, and what their intervals are over."""
    if not page.values:
        return []
    notes = [
        t("Value is what clients pay from their first booking on, before any cost and not discounted for time."),
        t(
            "What lies after the end of the file is drawn {n} times from the client model, given the history of each client;"
            " a visit then costs the client's own mean price.",
            n=N_DRAWS,
        ),
    ]
    if all(math.isfinite(one.value_eur.low) for one in page.values if not one.channel):
        notes.append(
            t(
                "A 95 % interval covers chance in which clients came and in what they will do, and doubt about the parameters of"
                " the model; it does not cover a change in how clients behave."
            )
        )
    else:
        notes.append(t("There are no intervals, since the likelihood of the model is flat; bootstrap=200 gives them."))
    if len(page.values) > len(horizons(page)):
        notes.append(
            t(
                "The model knows no channels, so what is forecast makes them look more alike than they may be. A channel with fewer"
                " than {n} new clients has no value.",
                n=FEWEST_CLIENTS,
            )
        )
    return notes


def _form(page: CalibrationPage) -> list[str]:
    """That the form was chosen for what it can say, at a cost in fit; nothing when it fits best anyway."""
    aic = {name: found for name, _, found in page.forms}
    if not page.signs or not aic:
        return []
    best = min(aic, key=lambda name: aic[name])
    if not aic.get(page.model, math.nan) - aic[best] > INDISTINCT_AIC:
        return []
    return [
        t(
            "The file shows that the first visit can end the relation ({signs}), so {model} is used, in which it can; of clients"
            " alone {best} says more (AIC smaller by {amount}), but in it no pro could matter at a first visit. Look at how often"
            " new clients return above before comparing policies.",
            signs=signs_of(page),
            model=told(page.model),
            best=told(best),
            amount=rounded(aic[page.model] - aic[best], 1),
        )
    ]


def signs_of(page: CalibrationPage) -> str:
    """What shows that the first visit can end the relation, in the current language."""
    return joined(told(sign) for sign in page.signs)


def one_side(check: Check, value: float) -> str:
    """One side of a figure."""
    if not math.isfinite(value):
        return NOT_DEFINED
    if check.shown == "share":
        return with_unit(rounded(100 * value, 1), "%")
    if check.shown == "rate":
        return t("{value} a day", value=rounded(value, 2))
    if check.shown == "mode":
        names = WEEKDAYS if check.name == "weekday" else MONTHS
        return t("most: {name}", name=told(names[int(value)]))
    text = rounded(value, 3 if check.name == "pro_rho" else 2 if check.shown == "mean" else 0)
    if check.shown == "median":
        return t("median {value}", value=text)
    return t("mean {value}", value=text) if check.shown == "mean" else f"{check.shown} {text}"


def with_interval(interval: Interval) -> str:
    """An estimate and its interval."""
    if not math.isfinite(interval.low):
        return t("{value} (no interval: the likelihood is flat)", value=rounded(interval.estimate, 3))
    ends = t("[{low}, {high}]", low=rounded(interval.low, 3), high=rounded(interval.high, 3))
    return f"{rounded(interval.estimate, 3)} {ends}"


def render_calibration(page: CalibrationPage, figures: Sequence[ReportFigure]) -> str:
    """The page as HTML, the same to the byte for the same arguments."""
    return render(
        "calibration.html.j2",
        page=page,
        summary=summary(page),
        checks=in_file(page.checks),
        silent=joined(told(check.label) for check in page.checks if not check.n_real),
        signs=signs_of(page),
        charts=figures,
        meanings=MEANINGS,
        tones=TONES,
        one_side=one_side,
        percent=percent,
        share_of=share_of,
        reasons=reasons,
        verdict=held_verdict,
        drift_sentence=drift_sentence,
        coverage_sentence=coverage_sentence,
        earlier_sentence=earlier_sentence,
        rounded=rounded,
        with_interval=with_interval,
        gained=gained,
        tolerances=joined(told(words) for words in TOLERANCES.values()),
        parameter_meanings=PARAMETER_MEANINGS,
        value_rows=value_rows(page),
        value_notes=value_notes(page),
        horizons=horizons(page),
    )
