"""The page of a search for settings: what to choose, what it costs, and how far to believe it."""

import math
from collections.abc import Iterator

import numpy as np

from sim.charts.frontier import FrontMark, plot_frontier
from sim.charts.importance import plot_importance
from sim.charts.settings import plot_settings
from sim.charts.style import figure_of
from sim.metrics.catalogue import metric
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import difference
from sim.report.rule import Guardrail
from sim.report.sheet import Sheet, SheetSection, SheetTable, sheet_document
from sim.report.tune import Setting, TunedPoint, TunedPrice, TuneRecord, unit_of
from sim.statistics.intervals import Interval
from sim.words.language import joined, t, tn, told, within_sentence, word
from sim.words.units import amounts, brief, label, percent, shift, signed_with_interval, unit_name, whole


def tune_document(record: TuneRecord) -> Document:
    """The report of a search, in the current language."""
    return sheet_document(tune_sheet(record), tune_figures(record))


def tune_sheet(record: TuneRecord) -> Sheet:
    """Sentences and tables, in the current language."""
    return Sheet(
        title=t("Which settings are best, and what do they cost?"),
        about=_about(record),
        sentences=sentences(record),
        caption=t(
            "Fresh random numbers, {runs} of each policy: the mean, and the difference to {control} with its 95 % interval.",
            runs=tn("{n} replication", "{n} replications", record.n),
            control=record.control,
        ),
        header=(
            t("Policy"),
            *(_headed(name) for name in record.objectives),
            *_front_header(record),
            t("Guardrails"),
            t("Settings"),
        ),
        rows=[_row(record, one) for one in (*_best_first(record), *_policies(record))],
        notes=_notes(record),
        command=record.commands[0],
        seed=record.seed,
        versions=record.versions,
        hashes=record.hashes,
        sections=tuple(_sections(record)),
    )


def _about(record: TuneRecord) -> str:
    where = t("one market")
    if record.n_worlds:
        worlds = tn("{n} plausible world", "{n} plausible worlds", record.n_worlds)
        where = t("{worlds} to search in, {others} others to judge in", worlds=worlds, others=record.n)
    return t(
        "Market {market} ({where}): settings of {varied}, {tried} tried in {search} runs, then {fresh} runs on fresh"
        " random numbers.",
        market=record.market,
        where=where,
        varied=record.varied,
        tried=whole(len(record.tried.settings)),
        search=whole(record.n_search_runs),
        fresh=whole(record.n_fresh_runs),
    )


def _headed(name: str) -> str:
    unit = unit_name(unit_of(name))
    shown = label(metric(name))
    return f"{shown} ({unit})" if unit else shown


def _best_first(record: TuneRecord) -> list[TunedPoint]:
    return sorted(record.of_front, key=lambda one: one.name != record.recommended)


def _policies(record: TuneRecord) -> list[TunedPoint]:
    return [one for one in record.points if one.kind != "setting"]


def named(record: TuneRecord, point: TunedPoint) -> str:
    """A policy's name, with what it is here."""
    if point.name == record.recommended:
        return t("{arm} (recommended)", arm=point.name)
    return {
        "control": t("{arm} (control)", arm=point.name),
        "today": t("{arm} (today)", arm=point.name),
        "landmark": t("{arm} (knows the truth)", arm=point.name) if point.sees_truth else point.name,
        "setting": point.name,
    }[point.kind]


def setting(value: Setting) -> str:
    """A value of a setting."""
    return brief(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def settings_of(point: TunedPoint) -> str:
    """All settings of a policy."""
    return joined(f"{key.removeprefix('arm.')} = {setting(value)}" for key, value in point.settings.items())


def _front_header(record: TuneRecord) -> tuple[str, ...]:
    return () if len(record.objectives) == 1 else (t("On the front"),)


def _row(record: TuneRecord, point: TunedPoint) -> tuple[str, ...]:
    cells = []
    for column, name in enumerate(record.objectives):
        unit = unit_of(name)
        (mean,) = amounts(unit, record.level(point, column))
        found = record.difference(point, column)
        beside = "" if point.kind == "control" else signed_with_interval(found.estimate, found.low, found.high, unit, named=False)
        cells.append(f"{mean} ({beside})" if beside else mean)
    chance = () if len(record.objectives) == 1 else ("" if point.sees_truth else percent(round(point.chance, 2)),)
    return (named(record, point), *cells, *chance, _kept(record, point), settings_of(point))


def _kept(record: TuneRecord, point: TunedPoint) -> str:
    """How a policy stands to the guardrails, in a few words."""
    if point.kind == "control":
        return ""
    verdicts = {test.verdict for _, test in record.checks(point)}
    for worst in ("crossed", "not clear yet", "not defined"):
        if worst in verdicts:
            return word(worst)
    return word("within limit") if verdicts else ""


def sentences(record: TuneRecord) -> list[str]:
    """What was found, the most important first."""
    return [
        line for line in (*_recommendation(record), *_today(record), *map(price_sentence, record.prices), *_curse(record)) if line
    ]


def _recommendation(record: TuneRecord) -> Iterator[str]:
    best, first = record.best, record.objectives[0]
    if best is None:
        yield t(
            "No setting that was tried surely enough keeps the guardrails, so nothing is recommended: {guardrails}.",
            guardrails=_limits(record),
        )
        return
    yield t(
        "{head}: {metric} {change} against {control}, and {today} against today's {varied}.",
        head=_head(record, best),
        metric=within_sentence(label(metric(first))),
        change=difference(record.difference(best, 0), unit_of(first)),
        control=record.control,
        today=difference(record.difference(best, 0, record.today), unit_of(first)),
        varied=record.varied,
    )
    yield _guardrails(record, best)
    if record.choice is not None:
        yield _chosen(record)


def _head(record: TuneRecord, best: TunedPoint) -> str:
    """What to do, only as surely as it is known."""
    settings, varied = settings_of(best), record.varied
    if record.surely_better:
        if record.keeps:
            return t("Choose {settings}", settings=settings)
        return t("Better, but not sure to keep the guardrails, is {settings}", settings=settings)
    metric_ = within_sentence(label(metric(record.objectives[0])))
    if record.keeps:
        return t(
            "Nothing to choose is surely better than today's {varied} in {metric}; closest is {settings}",
            varied=varied,
            metric=metric_,
            settings=settings,
        )
    return t(
        "Nothing to choose is surely better than today's {varied} in {metric}; closest, and not sure to keep the guardrails, is"
        " {settings}",
        varied=varied,
        metric=metric_,
        settings=settings,
    )


def _guardrails(record: TuneRecord, best: TunedPoint) -> str:
    checks = record.checks(best)
    if not checks:
        return t("No guardrail was set.")
    if open_ := [(one, test) for one, test in checks if test.verdict != "within limit"]:
        return t(
            "On fresh random numbers it is not surely within: {guardrails}. Compare it with more replications before it is used.",
            guardrails=joined(f"{limit_text(one)}, {word(test.verdict)}" for one, test in open_),
        )
    return t("On fresh random numbers it is surely within every guardrail: {guardrails}.", guardrails=_limits(record))


def _limits(record: TuneRecord) -> str:
    return joined(limit_text(one) for one in record.guardrails)


def limit_text(one: Guardrail) -> str:
    """A guardrail in words."""
    size = shift(one.limit, unit_of(one.metric)).lstrip("+")
    name = within_sentence(label(metric(one.metric)))
    if one.side == "up":
        return t("{metric}, up by {limit} at most", metric=name, limit=size)
    return t("{metric}, down by {limit} at most", metric=name, limit=size)


def _chosen(record: TuneRecord) -> str:
    choice = record.choice
    assert choice is not None  # noqa: S101
    within = t("surely within the guardrails") if choice.sure else t("within the guardrails on average")
    if choice.guarantee is None:
        return t(
            "It was the only one of {all} finalists {within} after a first look of {look} runs each. The values here are of further"
            " runs.",
            all=choice.n_finalists,
            within=within,
            look=choice.first_look,
        )
    return t(
        "It was chosen in {runs} fresh runs among {n} of {all} finalists, those {within} after a first look of {look} runs each:"
        " {guarantee}. The values here are of further runs.",
        runs=whole(choice.runs),
        n=choice.raced,
        all=choice.n_finalists,
        within=within,
        look=choice.first_look,
        guarantee=told(choice.guarantee),
    )


def _today(record: TuneRecord) -> Iterator[str]:
    today = record.today
    if today.kind != "today" or not record.of_front:
        return
    better, n_all = record.dominating, sum(not one.sees_truth for one in record.points)
    if len(record.objectives) == 1:
        yield t(
            "{n} of {all} finalists surely beat today's {varied}, the error of 5 % shared out among them.",
            n=len(better),
            all=len(record.of_front),
            varied=record.varied,
        )
    elif better:
        names = joined(
            t(
                "{arm} ({changes})",
                arm=one.name,
                changes=joined(
                    f"{within_sentence(label(metric(name)))} {difference(record.difference(one, column, today), unit_of(name))}"
                    for column, name in enumerate(record.objectives)
                ),
            )
            for one in better[:2]
        )
        yield t(
            "Among the {policies} policies run here, today's {varied} is on the front with a probability of {share}; {n} of {all}"
            " finalists beat it: surely better in one objective, the error of 5 % shared out among them, and on average no worse in"
            " the others. For example {names}.",
            policies=n_all,
            varied=record.varied,
            share=percent(round(today.chance, 2)),
            n=len(better),
            all=len(record.of_front),
            names=names,
        )
    else:
        yield t(
            "Among the {policies} policies run here, today's {varied} is on the front with a probability of {share}; no finalist"
            " surely beats it.",
            policies=n_all,
            varied=record.varied,
            share=percent(round(today.chance, 2)),
        )


def price_sentence(price: TunedPrice) -> str:
    """What one objective changes along the front where another gets better by a step."""
    step = shift(price.step, unit_of(price.per)).lstrip("+")
    return t(
        "Along the front, where {per} is better by {step}, {gain} changes by {slope} ({n} settings).",
        per=within_sentence(label(metric(price.per))),
        step=step,
        gain=within_sentence(label(metric(price.gain))),
        slope=_exact(price.slope, price.gain),
        n=price.n_points,
    )


def _exact(found: Interval, name: str) -> str:
    """With one more decimal: a price is small."""
    return signed_with_interval(found.estimate, found.low, found.high, unit_of(name), more=1)


def _curse(record: TuneRecord) -> Iterator[str]:
    best, first = record.best, record.objectives[0]
    found = None if best is None else record.confirmed(best, 0)
    if best is not None and found is not None:
        yield t(
            "While searching, {arm} seemed to change {metric} by {searched}; on fresh random numbers it is {confirmed}. The best of"
            " many noisy values is too good, so believe the second.",
            arm=best.name,
            metric=within_sentence(label(metric(first))),
            searched=shift(found.searched, unit_of(first)),
            confirmed=difference(found.value, unit_of(first)),
        )


def _notes(record: TuneRecord) -> tuple[str, ...]:
    notes = [
        t("Intervals are over the luck of the replications, of each policy alone; all policies share the random numbers."),
    ]
    if len(record.objectives) > 1:
        notes.append(t("On the front: the probability that no other policy here is as good in every objective and better in one."))
        notes.append(
            t(
                "The front shows what going further costs, so a guardrail on an objective does not limit it; what is recommended"
                " keeps all guardrails, and was picked before it was confirmed."
            )
        )
    if record.n_worlds:
        notes.append(
            t(
                "Each fresh replication lies in a plausible world of its own, which the search did not use: intervals are over"
                " worlds and luck, and hold on average."
            )
        )
    return tuple(notes)


def _sections(record: TuneRecord) -> Iterator[SheetSection]:
    yield SheetSection(
        title=t("Found while searching, and confirmed"),
        sentences=[
            t(
                "Who is chosen for a good value is on average not as good as that value. Both are differences to {control}.",
                control=record.control,
            )
        ],
        tables=[
            SheetTable(
                label(metric(name)),
                (t("Policy"), t("Runs"), t("While searching"), t("Confirmed"), t("Too good by")),
                [_confirmed_row(record, one, column) for one in _best_first(record)],
            )
            for column, name in enumerate(record.objectives)
        ],
        notes=[],
    )
    if record.n_worlds:
        yield _worlds(record)
    if record.yaml:
        yield SheetSection(
            title=t("The recommended setting, ready to compare"),
            sentences=[t("It is in the out folder as an arm; this compares it on random numbers that nothing here has used:")],
            tables=[],
            notes=[],
            code=f"{record.commands[1]}\n\n{record.yaml}",
        )


def _confirmed_row(record: TuneRecord, one: TunedPoint, column: int) -> tuple[str, ...]:
    found, unit = record.confirmed(one, column), unit_of(record.metrics[column])
    if found is None:
        return (named(record, one), "", "", "", "")
    return (
        named(record, one),
        whole(len(one.searched[column])),
        shift(found.searched, unit),
        difference(found.value, unit),
        difference(found.curse, unit),
    )


def _worlds(record: TuneRecord) -> SheetSection:
    """Mean and worst tenth over worlds of differences to the control."""
    rows = []
    for one in (*_best_first(record), *_policies(record)):
        if one.kind == "control":
            continue
        cells = []
        for column, (name, direction) in enumerate(zip(record.objectives, record.directions, strict=True)):
            paired = record.paired(one, column)
            worst = float(np.quantile(paired, 0.1 if direction == "higher" else 0.9)) if len(paired) else math.nan
            cells += [shift(float(paired.mean()) if len(paired) else math.nan, unit_of(name)), shift(worst, unit_of(name))]
        rows.append((named(record, one), *cells))
    header = [t("Policy")]
    for name in record.objectives:
        header += [t("{metric}, mean", metric=label(metric(name))), t("{metric}, worst tenth", metric=label(metric(name)))]
    return SheetSection(
        title=t("Over plausible worlds"),
        sentences=[
            t(
                "Differences to {control} in {n} worlds: the mean over them, and what a tenth of them are worse than.",
                control=record.control,
                n=record.n,
            )
        ],
        tables=[SheetTable("", tuple(header), rows)],
        notes=[t("A world's difference has the luck of a run in it, so the worst tenth is somewhat too bad.")],
    )


def tune_figures(record: TuneRecord) -> list[ReportFigure]:
    """All charts, in the current language."""
    lines = sentences(record)
    figures = [_frontier(record, a, b, lines) for a, b in _pairs(record)]
    points = {one.name: one.settings for one in record.of_front}
    keys = [key for key in dict.fromkeys(one.key for one in record.shares) if any(key in one for one in points.values())]
    if points and keys:
        figures.append(
            ReportFigure(
                "settings",
                figure_of(plot_settings(keys, points, record.recommended)),
                t("Each line is a finalist. Where all lines meet, the front wants that value; where they spread, it is a choice."),
                joined(f"{one.name}: {settings_of(one)}" for one in record.of_front),
            )
        )
    by_objective = {
        name: {one.key: one.share for one in record.shares if one.objective == name and math.isfinite(one.share.estimate)}
        for name in record.objectives
    }
    by_objective = {name: found for name, found in by_objective.items() if found}
    if by_objective:
        ranked = sorted(
            {key for found in by_objective.values() for key in found},
            key=lambda key: (-max(found[key].estimate for found in by_objective.values()), key),
        )
        figures.append(
            ReportFigure(
                "importance",
                figure_of(plot_importance(ranked, by_objective)),
                t(
                    "Total Sobol shares of a Gaussian process fitted to all settings tried; shares of several settings overlap"
                    " where they act together. With few settings intervals are wide."
                ),
                joined(
                    f"{label(metric(name))}, {key}: {percent(round(min(max(found[key].estimate, 0), 1), 2))}"
                    for name, found in by_objective.items()
                    for key in ranked
                ),
            )
        )
    return figures


def _pairs(record: TuneRecord) -> list[tuple[int, int]]:
    """Columns along y and x: all pairs of objectives; with one objective, it and each metric of a guardrail."""
    n = len(record.objectives)
    if n > 1:
        return [(a, b) for a in range(n) for b in range(a + 1, n)]
    return [(0, column) for column in range(1, len(record.metrics)) if _varies(record, column)]


def _varies(record: TuneRecord, column: int) -> bool:
    return any(np.ptp(record.paired(one, column)) > 0 for one in record.points if len(record.paired(one, column)))


def _frontier(record: TuneRecord, y: int, x: int, lines: list[str]) -> ReportFigure:
    names = record.metrics
    guardrail = next((one for one in record.guardrails if one.metric == names[x]), None)
    marks = [
        FrontMark(
            one.name,
            record.difference(one, x),
            record.difference(one, y),
            one.kind == "setting",
            one.name == record.recommended,
            one.kind == "today",
        )
        for one in record.points
    ]
    better = [_better(record, column) for column in (y, x)]
    caption = t("Better is {up} for the metric upwards, {along} for the one along.", up=better[0], along=better[1])
    if guardrail is not None:
        caption += " " + t("Broken line: the guardrail.")
    return ReportFigure(
        f"frontier_{names[y]}_{names[x]}",
        figure_of(
            plot_frontier(
                marks,
                record.tried.means[:, [x, y]],
                names[x],
                names[y],
                record.control,
                None if guardrail is None else guardrail.signed_limit,
            )
        ),
        caption,
        " ".join(lines[:2]),
    )


def _better(record: TuneRecord, column: int) -> str:
    if column < len(record.objectives):
        direction = record.directions[column]
    else:
        side = next(one.side for one in record.guardrails if one.metric == record.metrics[column])
        direction = "lower" if side == "up" else "higher"
    return t("higher") if direction == "higher" else t("lower")
