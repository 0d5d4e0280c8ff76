"""The page of a search for settings: what to choose, what it costs, and how far to believe it."""

import math
from collections.abc import Iterator

import numpy as np

from sim.metrics.catalogue import metric
from sim.report.document import Document
from sim.report.format import difference
from sim.report.sheet import Sheet, SheetSection, SheetTable, sheet_document
from sim.report.tune import TunedPoint, TuneRecord, unit_of
from sim.report.tune_figures import tune_figures
from sim.report.tune_words import named, sentences, settings_of
from sim.words.language import t, tn, word
from sim.words.units import amounts, label, percent, shift, signed_with_interval, unit_name, whole


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
