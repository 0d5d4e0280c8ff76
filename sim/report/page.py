"""A finished comparison as one page that needs nothing else: no network, no fonts, and a script that only sorts and prints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.charts.differences import plot_headline_differences
from sim.estimators.power import years_of_clients
from sim.metrics.catalogue import RETURN_RATE, VALUES, Metric, metric
from sim.report import format as words
from sim.report.base import base_sentences, note_sentences, shown_rows
from sim.report.decision import (
    NAMES,
    beside,
    decision_sentence,
    disagreement_sentence,
    follows,
    inert_sentence,
    limit_text,
    power_sentence,
    rule_sentences,
    standing_word,
)
from sim.report.document import Document
from sim.report.extras import ComparisonRecord, ReportExtras
from sim.report.figures import ReportFigure, draw_figures
from sim.report.html import render
from sim.report.markdown import comparison_markdown
from sim.report.measurable import measurable_rows, measurable_sentences
from sim.report.people import local_rows, people_groups, people_rows
from sim.report.published import TargetLine, bands_of, scorecard
from sim.report.replayed import (
    conditional_sentence,
    meanings,
    not_judged_sentence,
    quality_lines,
    replay_question,
    replay_title,
)
from sim.report.rule import Decision, decide, references_of
from sim.report.scorecard import scorecard_json
from sim.report.settling import precision_sentence, warm_up_figure, warm_up_sentence
from sim.report.within import within_sentence_of
from sim.report.worlds import limits_sentence, robust_rule, shown_arm, world_sentences
from sim.report.worlds_section import marked, world_figures, world_values
from sim.statistics.bootstrap import MIN_REPLICATIONS
from sim.statistics.comparison import Comparison, Difference
from sim.statistics.intervals import Interval
from sim.words.language import configured, listed, t, tn, told
from sim.words.levels import is_restricted, mean
from sim.words.units import NOT_DEFINED, brief, label, meaning, percent, rounded, signed_interval, with_unit

WHO = {
    "Clients": ("return_rate_6m", "fill_rate", "hours_to_assign", "late_share", "mean_rating"),
    "Pros": (
        *("exposure_gini", "exposure_gini_without_favourites", "earnings_gini"),
        *("new_pro_days_to_30_sessions", "new_pro_30_sessions_share_12m"),
    ),
    "Platform": (
        *("net_contribution_per_client_24m_eur", "contribution_per_client_24m_eur", "payback_rate_12m", "months_to_break_even"),
        *("net_contribution_per_year_eur", "net_contribution_per_1000_clients_eur"),
        *("new_clients_per_month", "new_client_growth", "contribution_growth"),
    ),
}
"""Whom a metric matters to most, for the table of who gains and who pays."""

HASHES = ("Source of the model", "Runs")
"""What the digests on a page are of."""


def title_of(extras: ReportExtras) -> str:
    """What the page is called."""
    rule = extras.rule
    if extras.replayed is not None:
        return replay_title(extras.replayed.mode)
    if rule.primary == RETURN_RATE:
        return t("Which policy brings more clients back?")
    if rule.primary in VALUES:
        return t("Which policy makes new clients worth more?")
    return t("Which policy is best in: {metric}?", metric=label(metric(rule.primary)))


def question_of(extras: ReportExtras) -> str:
    """The question that the comparison answers."""
    if extras.rule.question:
        return configured(extras.rule.question)
    if extras.replayed is not None:
        return replay_question(extras.replayed.mode)
    return t("Which of these policies should be rolled out, and who pays for it?")


def comparison_document(record: ComparisonRecord) -> Document:
    """Page, short form, scorecard and figures of a comparison, in the current language.

    Raises
    ------
    ValueError
        ``min_sessions`` is negative.
    KeyError
        A metric of the decision rule was not measured.
    """
    comparison, extras = record.comparison, record.extras
    figures, decision = report_figures(comparison, extras), decide(comparison, extras.rule, extras.ranks, extras.shares)
    return Document(
        html=render_report(comparison, extras, figures),
        markdown=comparison_markdown(
            comparison,
            decision,
            title_of(extras),
            decision_text(comparison, extras, decision),
            figures,
            extras.command,
            extras.base,
        ),
        figures=figures,
        scorecard=scorecard_of(record),
        sheets={"headline_differences": lambda: plot_headline_differences(comparison)},
    )


def scorecard_of(record: ComparisonRecord) -> str:
    """The scorecard of a comparison, in the current language."""
    comparison, extras = record.comparison, record.extras
    decision = decide(comparison, extras.rule, extras.ranks, extras.shares)
    text = decision_text(comparison, extras, decision)
    return scorecard_json(comparison, decision, text, realism_lines(comparison, extras), extras)


def report_figures(comparison: Comparison, extras: ReportExtras) -> tuple[ReportFigure, ...]:
    """All charts of the page."""
    drawn = draw_figures(comparison, extras.min_sessions, extras.score_arm, extras.strict, extras.rule.primary)
    drawn += tuple(world_figures(extras.over, decide(comparison, extras.rule, extras.ranks, extras.shares)))
    return (*drawn, warm_up_figure(extras.settling)) if extras.settling else drawn


def realism_lines(comparison: Comparison, extras: ReportExtras) -> list[TargetLine]:
    """The market under one arm of this very comparison beside published figures; empty without such an arm."""
    if extras.realism_arm not in comparison.values:
        return []
    return scorecard(comparison.values[extras.realism_arm])


def test_sentence(comparison: Comparison, extras: ReportExtras, decision: Decision) -> str:
    """How long a 50:50 test of clients would take to see what the policy decided on brings; empty where that is not known."""
    one = shown_arm(extras.over, decision) if extras.over else None
    arm = decision.arm or (one.arm if one else None)
    effect = comparison.difference(arm, RETURN_RATE) if arm is not None else None
    if effect is None or not (effect.low > 0 or effect.high < 0):
        return ""
    base, per_day = comparison.summary(comparison.control, RETURN_RATE).mean, extras.n_clients / extras.horizon_days
    if not (0 < base < 1 and 0 < base + effect.difference < 1 and per_day > 0):
        return ""
    years = years_of_clients(effect.difference, base, per_day)
    return t(
        "Could a real test show it? A 50:50 test of clients in a city of this size ({n} new ones a day) sees what {arm} changes"
        " about who is back within 6 months ({effect}) after {time}, with 80 %; python -m experiments.lab says which experiment"
        " sees more.",
        n=brief(per_day),
        arm=effect.arm,
        effect=words.difference(effect, "share"),
        time=words.lasting(years * words.WEEKS_A_YEAR),
    )


def decision_text(comparison: Comparison, extras: ReportExtras, decision: Decision) -> list[str]:
    """The decision in a sentence, then what a reader must know with it; why there is none on a base that is off."""
    if extras.base is not None and not extras.ranks:
        return [*base_sentences(extras.base), *([conditional_sentence(extras.replayed)] if extras.replayed else [])]
    sentences = [decision_sentence(comparison, decision)]
    sentences += world_sentences(extras.over, decision) if extras.over else []
    if extras.measurable is not None:
        sentences += measurable_sentences(extras.measurable)
    elif by_test := test_sentence(comparison, extras, decision):
        sentences.append(by_test)
    strict = [arm for arm in decision.arms if arm in extras.strict]
    if strict and comparison.control not in extras.strict:
        sentences.append(
            tn(
                "{arms} also orders pros strictly, while {control} draws them by weight: the effect is that of score and order"
                " together.",
                "{arms} also order pros strictly, while {control} draws them by weight: the effect is that of score and order"
                " together.",
                len(strict),
                arms=listed(strict),
                control=comparison.control,
            )
        )
    sentences += [within_sentence_of(extras.within, extras.rule)] if extras.within else []
    sentences += [inert] if (inert := inert_sentence(comparison)) else []
    sentences += [warning] if (warning := disagreement_sentence(comparison, extras.rule)) else []
    if extras.replayed is not None:
        sentences.append(conditional_sentence(extras.replayed))
    return sentences


def render_report(comparison: Comparison, extras: ReportExtras, figures: Sequence[ReportFigure] | None = None) -> str:
    """The page as HTML, the same to the byte for the same arguments.

    Parameters
    ----------
    figures
        Those of ``report_figures``, when they have been drawn already.

    Raises
    ------
    ValueError
        ``min_sessions`` is negative.
    """
    if extras.min_sessions < 0:
        raise ValueError(f"min_sessions = {extras.min_sessions}, must be >= 0")
    drawn = report_figures(comparison, extras) if figures is None else figures
    # every text is escaped; the template lets only the drawings through, which are made here
    measured = words.known_metrics(comparison)
    by_name = {shown.name: shown for shown in measured}
    decision, confidence = decide(comparison, extras.rule, extras.ranks, extras.shares), percent(comparison.level)
    sentence, *more = decision_text(comparison, extras, decision)
    n_others = max(len(comparison.arms) - 1, 1)
    base = extras.base
    totals, parts = shown_rows(base) if base else ((), ())
    return render(
        "template.html.j2",
        comparison=comparison,
        extras=extras,
        title=title_of(extras),
        question=question_of(extras),
        decision=decision,
        outcome=told(NAMES[decision.outcome]),
        sentence=sentence,
        beside=[marked(text, extras.over) for text in more] if extras.over else more,
        follows=follows(decision),
        rule=[
            *rule_sentences(extras.rule, n_others, confidence, elsewhere=extras.over is not None),
            *([robust_rule(extras.rule)] if extras.over else []),
            *([found] if (found := power_sentence(decision, comparison.n_replications)) else []),
        ],
        lines=[(arm, _line(comparison, decision, arm, extras.rule.primary)) for arm in comparison.arms],
        outcome_name=lambda one: told(NAMES[one.outcome]),
        standing=lambda one: standing_word(one.standing),
        primary=metric(extras.rule.primary),
        difference=lambda interval, name: words.difference(interval, metric(name).unit),
        limit_text=limit_text,
        metric=metric,
        sort=_sort,
        references=references_of(comparison),
        headline=words.headline_metrics(comparison),
        cell=lambda arm, shown: _cell(comparison, arm, shown),
        people=people_rows(comparison),
        people_groups=people_groups(),
        local=local_rows(comparison, extras.services),
        gain_reference=extras.gain_reference,
        gains=[
            (arm, words.share_of_gain(gain), _sort(gain.estimate))
            for arm, gain in extras.share_of_oracle_gain.items()
            if arm in comparison.arms
        ],
        charts=[figure for figure in drawn if not figure.name.startswith(("differences_", "worlds"))],
        **world_values(extras.over, decision, drawn),
        limits=limits_sentence(extras.over, extras.replayed is not None),
        trust=[(row.arm, _trust(row)) for row in comparison.differences if row.metric == extras.rule.primary],
        bootstrapped=comparison.n_replications >= MIN_REPLICATIONS,
        margins=[
            (label(shown), words.reach(margin, shown.unit))
            for shown in measured
            if (margin := comparison.equivalence_margin.get(shown.name))
        ],
        precision=precision_sentence(extras.precision) if extras.precision else "",
        warm_up=warm_up_sentence(extras.settling) if extras.settling else not_judged_sentence(extras.replayed),
        small_charts=[figure for figure in drawn if figure.name.startswith("differences_")],
        who=[(group, [by_name[name] for name in names if name in by_name]) for group, names in WHO.items()],
        metrics=measured,
        meaning=meaning,
        realism=[(line, *bands_of(line)) for line in realism_lines(comparison, extras)],
        level=confidence,
        runs=words.runs(comparison.n_replications),
        dash=NOT_DEFINED,
        zero=with_unit("0", "%"),
        all_of_it=with_unit("100", "%"),
        restricted=is_restricted(comparison),
        follows_returns=words.follows_returns(comparison),
        replayed=extras.replayed,
        meanings=meanings(extras.replayed, extras.n_pros) if extras.replayed else [],
        quality=quality_lines(extras.replayed.issues) if extras.replayed else [],
        measurable=measurable_rows(extras.measurable) if extras.measurable else [],
        base=base,
        base_text=base_sentences(base) if base and base.ranks else [],
        base_totals=totals,
        base_parts=parts,
        base_notes=note_sentences(base) if base else [],
    )


def _line(comparison: Comparison, decision: Decision, arm: str, primary: str) -> str:
    """What to know of an arm that no decision is made on; of a policy what the table above leaves out."""
    return beside(decision.arms[arm]) if arm in decision.arms else words.standing_of(comparison, arm, primary)


def _sort(number: float) -> str:
    """A number for a script that sorts; empty for nan."""
    return f"{number:.12g}" if math.isfinite(number) else ""


@dataclass(frozen=True)
class Trust:
    """How sure a difference is, in words."""

    difference: str
    bootstrap: str
    correlation: str
    worth: str
    """How many times as many replications independent random numbers would take."""


def _trust(row: Difference) -> Trust:
    unit = metric(row.metric).unit
    worth = t("{n} times", n=rounded(1 / row.variance_ratio, 1)) if row.variance_ratio > 0 else NOT_DEFINED
    bootstrap = signed_interval(row.boot_low, row.boot_high, unit) if math.isfinite(row.boot_low) else NOT_DEFINED
    return Trust(words.difference(row, unit), bootstrap, rounded(row.correlation, 2), worth)


@dataclass(frozen=True)
class ArmCell:
    """A metric of an arm, in words."""

    mean: str
    verdict: str
    """Against the control, in the current language; empty for the control itself."""
    css: str
    """Class of the verdict in the style sheet."""
    difference: str
    change: str
    """The difference without its interval."""
    p_value: str
    n: int
    sort: str
    """The mean, for a script that sorts."""


def _cell(comparison: Comparison, arm: str, shown: Metric) -> ArmCell:
    summary, row = comparison.summary(arm, shown.name), comparison.difference(arm, shown.name)
    written, sort = mean(summary), _sort(summary.mean)
    if row is None:
        return ArmCell(written, "", "", "", "", "", summary.n, sort)
    verdict = words.verdict_of(comparison, arm, shown.name)
    css = row.verdict.replace(" ", "-") if verdict else ""
    difference = words.difference(row, shown.unit)
    change = words.difference(Interval(row.difference, math.nan, math.nan, row.n), shown.unit)
    return ArmCell(written, verdict, css, difference, change, words.p_value(row.p_value), summary.n, sort)
