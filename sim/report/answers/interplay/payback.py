"""When clients pay back what winning them has cost, for every K: arithmetic on runs in which K changes nothing, beside theory."""

from collections.abc import Mapping, Sequence

import numpy as np

from sim.arrays import Floats
from sim.charts import style
from sim.charts.break_even import plot_balance, plot_break_even
from sim.metrics.payback import BREAK_EVEN_MONTHS, break_even_month
from sim.report.answers.base import (
    CLEAR,
    Answer,
    PageSection,
    Table,
    cell,
    interval_of,
    judged,
    measured,
    runs_of,
    shift,
)
from sim.report.answers.interplay.growth import growth_answers, stages_answers
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part, level_of
from sim.words.language import joined, listed, t
from sim.words.levels import level
from sim.words.units import rounded, with_unit

BOOKINGS = (2, 3, 4, 5)
MONTHS = "months_to_break_even"


def balance_at(curves: Floats, simulated_bookings: int, payback_bookings: int) -> Floats:
    """Balances (..., n_months + 1) as they would be with another K: the cost at month 0 scales with it, nothing else moves."""
    cost = -curves[..., :1]
    return curves + cost * (simulated_bookings - payback_bookings) / simulated_bookings


def months_at(curves: Floats, simulated_bookings: int, payback_bookings: int) -> Floats:
    """Months to break even, restricted to the length of the curves, with another K: (n_replications,) from (n_replications, n)."""
    return np.array([break_even_month(curve) for curve in balance_at(curves, simulated_bookings, payback_bookings)])


def payback_section(
    part: Part | None = None, settings: Sequence[Part] = (), growth: Part | None = None, stages: Part | None = None
) -> PageSection:
    """Months to break even by K, the frontier of break-even, and what the payback does to growth.

    Parameters
    ----------
    part
        Arms with a fixed acquisition, at one point: their months to break even.
    settings
        More arms and points with a fixed acquisition, which stand on the chart of break-even beside those of ``part``.
    growth
        The payback and other factors, with contribution reinvested.
    stages
        Policies that know who has paid back, with contribution reinvested.
    """
    sentences: list[str] = []
    tables: list[Table] = []
    figures: list[ReportFigure] = []
    answers: list[Answer] = []
    opening = ""
    if part is not None and _followed(part):
        opening, table, figure, found = _months(part)
        tables.append(table)
        figures.append(figure)
        answers += found
    fixed = [*([] if part is None else [part]), *settings]
    groups = {one.name: one for one in fixed if _followed(one)}
    if groups:
        figure, words, found = _frontier(groups)
        figures.append(figure)
        sentences.append(words)
        answers += found
    if not any(_followed(one) for one in (*fixed, growth, stages) if one is not None):
        opening = t(
            "No client can be followed for {n} months here, so nothing can be said about when they pay back.", n=BREAK_EVEN_MONTHS
        )
    notes = [
        t(
            "With fixed acquisition K changes nothing that is simulated: the months and balances by K are arithmetic on the same"
            " runs, the cost scaled by K. Months to break even are a restricted mean: a run that has not broken even within"
            " 24 months counts as 24."
        ),
        t(
            "Prices, commission and the cost of a client (K mean contributions) are assumptions; that three bookings pay back is"
            " published."
        ),
    ]
    if growth is not None:
        growing, growth_tables, growth_figures, found = growth_answers(growth)
        opening = f"{opening} {growing[0]}".strip()
        sentences += growing[1:]
        tables += growth_tables
        figures += growth_figures
        answers += found
        notes.append(
            t(
                "With reinvestment every month's marketing is the contribution of the last three, within a floor and who is within"
                " reach (twice the clients of the fixed market): an assumption. Growth is read as new clients per month in the last"
                " quarter, since ratios of quarters mislead once everybody within reach is bought."
            )
        )
    if stages is not None:
        words_of_stages, table, found = stages_answers(stages)
        sentences.append(words_of_stages)
        tables.append(table)
        answers += found
    question = t("What happens at the payback: when do clients pay back, and what does it decide?")
    return PageSection("payback", question, opening, sentences, figures, tables, notes, answers)


def _followed(part: Part) -> bool:
    """Whether the horizon leaves any new client the months in which the balance is drawn."""
    return bool(np.isfinite(next(iter(part.payback.values()))).any())


def _months(part: Part) -> tuple[str, Table, ReportFigure, list[Answer]]:
    top = list(part.steps)[-1] if part.steps else part.studied
    arms = list(dict.fromkeys((part.control, part.studied, top)))
    answers, rows = [], []
    k0 = part.payback_bookings
    for k in BOOKINGS:
        months = {arm: months_at(part.payback[arm][0], k0, k) for arm in arms}
        levels = [measured("payback", f"{arm}, K = {k}", MONTHS, months[arm], "arithmetic") for arm in arms]
        gap = judged(
            part,
            "payback",
            f"{part.studied}, K = {k}",
            MONTHS,
            part.control,
            months[part.studied] - months[part.control],
            len(BOOKINGS),
            "arithmetic",
        )
        after = balance_at(part.payback[part.studied][0], k0, k)[:, -1]
        end = measured(
            "payback",
            f"{part.studied}, K = {k}, balance after {BREAK_EVEN_MONTHS} months",
            "contribution_per_client_24m_eur",
            after,
            "arithmetic",
        )
        answers += [*levels, gap, end]
        rows.append((f"K = {k}", (*(cell(one) for one in levels), cell(gap), cell(end))))
    header = (
        t("Payback"),
        *arms,
        t("{arm} against {control}", arm=part.studied, control=part.control),
        t("Balance after {n} months, {arm}", n=BREAK_EVEN_MONTHS, arm=part.studied),
    )
    caption = t(
        "Months until the mean new client has paid back, restricted mean, {n} at most; {runs}; arithmetic.",
        n=BREAK_EVEN_MONTHS,
        runs=runs_of(part),
    )
    table = Table(caption, header, rows)
    before = next((one for one in answers if one.what == f"{part.studied}, K = {k0}" and not one.against), None)
    moved_by = next((one for one in answers if one.what == f"{part.studied}, K = {k0}" and one.against), None)
    words = ""
    if before and moved_by:
        when = level(MONTHS, before.estimate, interval_of(before).half_width)
        numbers = shift(interval_of(moved_by), "months")
        moved = (
            t("{difference} against {control}", difference=numbers, control=part.control)
            if moved_by.verdict in CLEAR
            else t("not distinguishable from {control} ({difference})", difference=numbers, control=part.control)
        )
        words = t(
            "Months until a new client pays back at K = {k}, a restricted mean: {when} with {arm}, {moved} ({runs}).",
            k=k0,
            when=when,
            arm=part.studied,
            moved=moved,
            runs=written_runs(part.n),
        )
    balances = {f"K = {k}": balance_at(part.payback[part.studied][0], k0, k) for k in BOOKINGS}
    ax = plot_balance(balances, t("When a new client pays back, {arm}", arm=style.short(part.studied)))
    alt = joined(
        t(
            "K = {k} balance after {n} months {balance}",
            k=k,
            n=BREAK_EVEN_MONTHS,
            balance=with_unit(rounded(level_of(runs[:, -1]).estimate, 2), "EUR"),
        )
        for k, runs in zip(BOOKINGS, balances.values(), strict=True)
    )
    figure = ReportFigure(
        "balance_by_k",
        style.figure_of(ax),
        t(
            "Each line starts at minus the cost of winning a client, K mean contributions; where it crosses zero the client has"
            " paid"
            " back."
        ),
        t("Balance of a new client by month, a line for each K. {rows}.", rows=alt),
    )
    return words, table, figure, answers


def _frontier(groups: Mapping[str, Part]) -> tuple[ReportFigure, str, list[Answer]]:
    """Theory, 1 + r m >= K, beside the simulated sign of the balance after 24 months, at every arm and point."""
    points: dict[str, tuple[Floats, Floats]] = {}
    agree, clear_agree, n_all, n_clear = 0, 0, 0, 0
    widest = 0.0
    for name, part in groups.items():
        shares, depths = [], []
        for arm in part.arms:
            r, m = part.of(arm, "repeat_share_24m").mean(axis=1), part.of(arm, "further_bookings_24m").mean(axis=1)
            shares.append(r)
            depths.append(m)
            for point in range(part.n_points):
                for k in BOOKINGS:
                    balance = level_of(balance_at(part.payback[arm][point], part.payback_bookings, k)[:, -1])
                    same = bool((1 + r[point] * m[point] >= k) == (balance.estimate >= 0))
                    agree, n_all = agree + same, n_all + 1
                    if balance.excludes(0.0):
                        clear_agree, n_clear = clear_agree + same, n_clear + 1
                        if not same:
                            widest = max(widest, abs(1 + r[point] * m[point] - k))
        points[name] = (np.concatenate(shares), np.concatenate(depths))
    ax = plot_break_even(points, BOOKINGS)
    counted = {"agree": agree, "all": n_all, "clear": clear_agree, "of": n_clear}
    words = (
        t(
            "Theory, 1 + r m >= K with the r who rebook and their m further bookings within 24 months, and the simulated balance"
            " agree"
            " at {agree} of {all} pairs of a setting and a K; where the balance is clearly off zero, at {clear} of {of}, and never"
            " differ by more than {widest} bookings.",
            widest=rounded(widest, 2),
            **counted,
        )
        if n_clear > clear_agree
        else t(
            "Theory, 1 + r m >= K with the r who rebook and their m further bookings within 24 months, and the simulated balance"
            " agree"
            " at {agree} of {all} pairs of a setting and a K; where the balance is clearly off zero, at {clear} of {of}.",
            **counted,
        )
    )
    caption = t(
        "Above its line a setting pays back within 24 months; a market or policy must move up or to the right to afford a dearer"
        " client."
    )
    every = np.concatenate([r for r, _ in points.values()]), np.concatenate([m for _, m in points.values()])
    alt = t(
        "Repeat share {low} to {high}, further bookings {few} to {many}; lines for K = {bookings}. {words}",
        low=rounded(100 * every[0].min(), 0),
        high=with_unit(rounded(100 * every[0].max(), 0), "%"),
        few=rounded(every[1].min(), 1),
        many=rounded(every[1].max(), 1),
        bookings=listed([str(k) for k in BOOKINGS]),
        words=words,
    )
    answers = [
        Answer(
            "payback",
            "settings at which theory and simulation agree",
            "share",
            "",
            agree / n_all,
            float("nan"),
            float("nan"),
            n_all,
            "",
            "theory",
        )
    ]
    return ReportFigure("break_even", style.figure_of(ax), caption, alt), words, answers
