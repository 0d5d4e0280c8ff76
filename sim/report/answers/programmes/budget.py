"""What the same money brings when it is spent on programmes or on acquisition."""

import math
from collections.abc import Mapping

import numpy as np

from sim.arrays import Floats
from sim.charts import style
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    PageSection,
    Table,
    amount,
    capital,
    cell,
    judged,
    measured,
    runs_of,
    spoken,
)
from sim.report.figures import ReportFigure
from sim.report.part import Part, estimated
from sim.statistics.intervals import Interval
from sim.statistics.uplift import Spent, per_euro_difference, uplift
from sim.words.language import configured, joined, listed, t
from sim.words.units import NOT_DEFINED, label, rounded

CLIENTS = "payback_clients_per_year"
NET = "net_contribution_per_year_eur"
COSTS = ("programme_cost_per_year_eur", "acquisition_cost_per_year_eur")
ACQUISITION = "acquisition"
MINUS = f" minus {ACQUISITION}"
THOUSAND = 1000.0
"""Clients are reported per 1,000 EUR."""


def spent_eur(part: Part, arm: str) -> Floats:
    """What an arm spends a year on programmes and acquisition, (n_replications,), EUR."""
    return np.asarray(sum(part.of(arm, name)[0] for name in COSTS))


def ways(part: Part, acquisition: Part | None = None) -> dict[str, tuple[Part, str]]:
    """Ways of spending the budget: part and arm by name, acquisition first."""
    bought = {} if acquisition is None else {ACQUISITION: (acquisition, acquisition.studied)}
    return bought | {arm: (part, arm) for arm in part.arms if arm != part.control}


def budget_section(part: Part, acquisition: Part | None = None) -> PageSection:
    """Every way of spending against the control, and per 1,000 EUR against acquisition.

    Parameters
    ----------
    acquisition
        Its studied arm spends the same money on clients.
    """
    found = ways(part, acquisition)
    control = {name: part.of(part.control, name)[0] for name in (CLIENTS, RETURN_RATE, NET)}
    gains = {
        (way, name): judged(
            part, "budget", way, name, part.control, where.of(arm, name)[0][: part.n] - control[name][: where.n], len(found)
        )
        for way, (where, arm) in found.items()
        for name in (CLIENTS, RETURN_RATE, NET)
    }
    # parts may differ in replications; those that all have are paired
    n = min(where.n for where, _ in (*found.values(), (part, "")))
    money = {}
    for way, (where, arm) in found.items():
        columns = (where.of(arm, CLIENTS)[0], control[CLIENTS], spent_eur(where, arm), spent_eur(part, part.control))
        money[way] = uplift(*(column[:n] for column in columns))
    beyond = _beyond_acquisition(part, money)
    answers = [*gains.values(), *beyond]
    rows = []
    for way in found:
        cost = measured("budget", f"{way}: spent a year beside the control", COSTS[0], money[way].cost_eur)
        each = _per_thousand(money[way].per_euro())
        against = _against_acquisition(way, money)
        answers += [cost, _answer(f"{way}: per 1,000 EUR", part.control, each, "")]
        if against is not None:
            answers.append(against)
        rows.append(
            (
                _name(way),
                (
                    Cell(amount(Interval(cost.estimate, cost.low, cost.high, cost.n), "eur")),
                    cell(gains[way, CLIENTS]),
                    Cell(_clients(each)),
                    Cell("" if against is None else _clients(_interval(against)), "" if against is None else against.verdict),
                    cell(gains[way, RETURN_RATE]),
                    cell(gains[way, NET]),
                ),
            )
        )
    table = Table(
        t(
            "Against {control}, which spends nothing more; {runs}. Differences hold for all ways of a column together; clients per"
            " 1,000 EUR have Fieller intervals of their own, and none where the cost may be 0.",
            control=part.control,
            runs=runs_of(part),
        ),
        (
            t("Spent on"),
            t("Spent a year"),
            label(metric(CLIENTS)),
            t("Such clients per 1,000 EUR"),
            t("Minus acquisition's, per 1,000 EUR"),
            label(metric(RETURN_RATE)),
            label(metric(NET)),
        ),
        rows,
    )
    mine = [gains[way, CLIENTS] for way in found]
    figure = gains_figure(
        "budget_clients", mine, CLIENTS, t("difference to {control}, 95 % intervals together", control=part.control)
    )
    notes = [
        t(
            "Intensities are set so that each way spends the same in a search on a few replications; what was spent in all is in"
            " the"
            " table. A stronger weight on the score costs the platform nothing, and pros something: see exposure in other studies."
        ),
        t(
            "Clients count if they bring what they cost within 12 months; contribution net of acquisition is a year's, and"
            " has the full cost of the clients won last, who have not had the time to bring much."
        ),
        t("How clients respond to programmes is an assumption throughout: configs/programme says so key by key."),
    ]
    return PageSection(
        "budget",
        configured(part.question),
        _beyond(beyond, mine, part) if beyond else _more(mine, part),
        [t("{what}: {rows} to {control}.", what=_name(one.what), rows=spoken(one), control=part.control) for one in mine]
        + [t("{what}: {rows}, at about the same budget.", what=_minus(_way(one)), rows=spoken(one)) for one in beyond],
        [figure],
        [table],
        notes,
        answers,
    )


def _beyond_acquisition(part: Part, money: Mapping[str, Spent]) -> list[Answer]:
    """Clients of every way that costs something minus those of acquisition; none without acquisition.

    The comparison that the budget is for: what is free cannot be bought with it, and leaves it to be spent. Intervals are
    simultaneous over all other ways.
    """
    others = [way for way in money if way != ACQUISITION] if ACQUISITION in money else []
    gained = {way: spent.gained for way, spent in money.items()}
    return [
        judged(part, "budget", f"{way}{MINUS}", CLIENTS, ACQUISITION, gained[way] - gained[ACQUISITION], len(others))
        for way in others
        if math.isfinite(money[way].per_euro().estimate)
    ]


def _beyond(beyond: list[Answer], mine: list[Answer], part: Part) -> str:
    """The headline: who beats acquisition, who loses to it, where the runs do not tell, and what comes for free."""
    by_word: dict[str, list[str]] = {"better": [], "worse": [], "": []}
    for one in beyond:
        clear = one.verdict in ("better", "worse")
        by_word[one.verdict if clear else ""].append(f"{_way(one)} ({spoken(one)})" if clear else _way(one))
    more, fewer, open_ = (listed(by_word[word]) if by_word[word] else t("none") for word in ("better", "worse", ""))
    paid = {ACQUISITION, *(_way(one) for one in beyond)}
    free = [
        t("{way} ({numbers} to {control})", way=one.what, numbers=spoken(one), control=part.control)
        for one in mine
        if one.what not in paid
    ]
    sentences = [
        t("{metric}, against acquisition with the same money.", metric=label(metric(CLIENTS))),
        t("Clearly more: {ways}.", ways=more),
        t("Clearly fewer: {ways}.", ways=fewer),
        t("No clear difference: {ways}.", ways=open_),
        *([t("At no clear cost: {ways}.", ways=listed(free))] if free else []),
        f"{capital(runs_of(part))}.",
    ]
    return " ".join(sentences)


def _more(mine: list[Answer], part: Part) -> str:
    """The headline without acquisition: what is clearly more or fewer than the control; the clear ones are not ranked."""
    better, worse = ([f"{one.what} ({spoken(one)})" for one in mine if one.verdict == word] for word in ("better", "worse"))
    what = label(metric(CLIENTS))
    if not better:
        return t(
            "No way of spending brings clearly more than {control} in: {metric} ({runs}).",
            control=part.control,
            metric=what,
            runs=runs_of(part),
        )
    sentences = [
        t("{metric}, against {control}.", metric=what, control=part.control),
        t("Clearly more: {ways}.", ways=listed(better)),
        t("Clearly fewer: {ways}.", ways=listed(worse) if worse else t("none")),
        f"{capital(runs_of(part))}.",
    ]
    return " ".join(sentences)


def _way(one: Answer) -> str:
    """The way of spending that is compared with acquisition."""
    return one.what.removesuffix(MINUS)


def _minus(way: str) -> str:
    return t("{way} minus acquisition", way=way)


def _name(way: str) -> str:
    """A way of spending: an arm by its name, acquisition in the current language."""
    return t("acquisition") if way == ACQUISITION else way


def _per_thousand(interval: Interval) -> Interval:
    return Interval(THOUSAND * interval.estimate, THOUSAND * interval.low, THOUSAND * interval.high, interval.n)


def _interval(answer: Answer) -> Interval:
    return Interval(answer.estimate, answer.low, answer.high, answer.n)


def _clients(interval: Interval) -> str:
    if not math.isfinite(interval.estimate):
        return NOT_DEFINED
    ends = t("[{low}, {high}]", low=rounded(interval.low, 2), high=rounded(interval.high, 2))
    return f"{rounded(interval.estimate, 2)} {ends}"


def _answer(what: str, against: str, interval: Interval, verdict: str) -> Answer:
    return Answer("budget", what, CLIENTS, against, interval.estimate, interval.low, interval.high, interval.n, verdict)


def _against_acquisition(way: str, money: Mapping[str, Spent]) -> Answer | None:
    """Clients per 1,000 EUR minus those of acquisition, simultaneous over the programmes; None for acquisition itself."""
    if way == ACQUISITION or ACQUISITION not in money:
        return None
    found = _per_thousand(per_euro_difference(money[way], money[ACQUISITION], 1 - 0.05 / max(len(money) - 1, 1)))
    word = "not defined"
    if estimated(found):
        word = ("better" if found.estimate > 0 else "worse") if found.excludes(0.0) else "not distinguishable"
    return _answer(f"{way}: per 1,000 EUR minus acquisition", ACQUISITION, found, word)


def gains_figure(name: str, answers: list[Answer], metric_name: str, note: str) -> ReportFigure:
    """A row an answer, with its interval."""
    rows = [Row(style.short(_name(one.what), 34), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in answers]
    shown = label(metric(metric_name))
    ax = plot_rows(rows, metric_name, shown, note)
    alt = t("{metric}. {rows}.", metric=shown, rows=joined(f"{_name(one.what)} {spoken(one)}" for one in answers))
    return ReportFigure(name, style.figure_of(ax), t("Filled: clear of zero. Hollow: not."), alt)
