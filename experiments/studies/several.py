"""A study of several parts on one page: simulated part by part, and what it leaves in its ``out`` folder."""

import io
import time
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.execution.keys import versions
from experiments.execution.runner import Runner
from experiments.outputs.export import check_export, print_export, write_export
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.studies.budget import at_equal_budget
from experiments.studies.parts import PartPlan, PartsPlan, make_parts, run_part
from experiments.studies.results import EFFECTS, export_tables
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import PageSection
from sim.report.answers.page import AnswersPage, AnswersRecord, Simulated, document_of, sections_of
from sim.report.assumptions import OF_A_STUDY
from sim.report.part import Part
from sim.said import Said
from sim.statistics.effects import effects

ANSWERS = ("section", "what", "metric", "against", "estimate", "low", "high", "n", "verdict", "basis")
EFFECTS_ON = (RETURN_RATE, "new_clients_per_month", "net_contribution_per_year_eur")


def describe(part: PartPlan) -> Simulated:
    """Arms and design of a part, and its runs."""
    options = part.options
    words = ", ".join(options.arms)
    if part.study:
        words += "; " + " x ".join(
            f"{factor.name} {{{', '.join(str(level) for level in factor.levels)}}}" for factor in part.study.factors
        )
    if options.market:
        words += "; " + ", ".join(f"market.{key} = {value}" for key, value in options.market.items())
    return Simulated(words, part.n_runs, len(part.points), part.plan.options.replications)


def effect_rows(parts: Mapping[str, Part]) -> list[tuple[Any, ...]]:
    """Main effects and two-way interactions of every part with factors, the part first."""
    rows = []
    for part in parts.values():
        if part.design is None:
            continue
        for name in EFFECTS_ON:
            if name in part.values[part.studied]:
                found = effects(name, part.design, part.studied_gain(name), metric(name).better)
                rows += [(part.name, *(getattr(row, column) for column in EFFECTS)) for row in found]
    return rows


def runs_table(parts: Mapping[str, Part]) -> pa.Table:
    """One row a part, point, arm and replication, with all metrics; the values of the factors as text."""
    columns: dict[str, list[Any]] = {}
    for part in parts.values():
        points = part.design.points if part.design else [{}]
        for arm, metrics in part.values.items():
            for i, point in enumerate(points):
                at = ", ".join(f"{name}={level}" for name, level in point.items())
                for r in range(part.n):
                    row = {"part": part.name, "arm": arm, "point": i, "at": at, "replication": r}
                    for name, value in (row | {name: float(values[i, r]) for name, values in metrics.items()}).items():
                        columns.setdefault(name, []).append(value)
    return pa.table(columns)


def page_of(plan: PartsPlan, command: str, intensities: Mapping[str, Said] | None = None) -> AnswersPage:
    """What the page says beyond its sections: of the market of the first part, on which the others are changes.

    Parameters
    ----------
    intensities
        With a budget: what the search has set each way of spending to.
    """
    first = plan.parts[0].plan
    market = first.market
    return AnswersPage(
        question=plan.options.question,
        decision_rule=plan.options.decision_rule,
        market=market.name,
        n_clients=round(market.clients.arrivals_per_day * market.horizon_days),
        n_pros=market.pros.n,
        horizon_days=market.horizon_days,
        warmup_days=market.warmup_days,
        parts={part.name: describe(part) for part in plan.parts},
        assumptions=OF_A_STUDY,
        command=command,
        seed=first.options.seed,
        versions=versions(),
        replications=min(part.plan.options.replications for part in plan.parts),
        worlds=max(part.plan.n_worlds for part in plan.parts),
        quick=plan.options.quick,
        intensities=intensities or {},
    )


def write_answers(
    plan: PartsPlan,
    parts: Mapping[str, Part],
    sections: list[PageSection],
    settings: Mapping[str, Any],
    command: str,
    simulated: int,
    intensities: Mapping[str, Said],
) -> None:
    """Everything that goes to the out folder."""
    runs = io.BytesIO()
    pq.write_table(runs_table(parts), runs, compression="zstd")
    rows = [tuple(getattr(row, name) for name in ANSWERS) for section in sections for row in section.answers]
    tables: dict[str, str | bytes] = {
        "answers.csv": as_csv(ANSWERS, rows),
        "effects.csv": as_csv(("part", *EFFECTS), effect_rows(parts)),
        "runs.parquet": runs.getvalue(),
    }

    first = plan.parts[0].plan
    replications = {part.name: part.plan.options.replications for part in plan.parts}
    more = {
        "n_runs": {part.name: part.n_runs for part in plan.parts},
        "points": {part.name: len(part.points) for part in plan.parts},
    }
    manifest = Manifest(
        command, first.options.seed, replications, first.options.engine, first.store, simulated_now=simulated, more=more
    )
    record = AnswersRecord(page_of(plan, command, intensities), parts)
    lang = first.options.report.lang
    # tables and terminal are in English; the sections are, too, and written anew for a page in another language
    document = document_of(record.page, sections) if lang == "en" else None
    write_folder("study", first.out, settings, tables, record, manifest, lang, document)


def run_parts(settings: Mapping[str, Any], command: str) -> int:
    """Validate, simulate and write a study of several parts; returns the exit code."""
    started = time.perf_counter()
    plan = make_parts(settings)
    first = plan.parts[0].plan
    check_out(first.out, "study")
    check_writable("store", first.store)
    check_export(first.options.export, first.out, first.store)
    parts: dict[str, Part] = {}
    intensities: dict[str, Said] = {}
    with Runner(first.store, first.options.executor, keep_logs=False) as runner:
        if plan.options.budget:
            settings, intensities = at_equal_budget(settings, runner)
            plan = make_parts(settings)
            for name, words in intensities.items():
                print(f"Budget: {name}, {words}")
        for i, part in enumerate(plan.parts, 1):
            parts[part.name] = run_part(part, runner, f"[{i}/{len(plan.parts)}] {part.name}", plan.options.guardrails)
        simulated = runner.simulated
    sections = sections_of(parts)
    write_answers(plan, parts, sections, settings, command, simulated, intensities)
    tables = export_tables(runs_table(parts), ("part", *EFFECTS), effect_rows(parts))
    exported = write_export(first.options.export, tables)
    if plan.options.quick:
        print("\nA corner of the study only: two levels of each factor and three replications. Conclude nothing from it.")
    print(f"\n{plan.options.question}\nMarket {first.market.name}, seed {first.options.seed}\n")
    for i, section in enumerate(sections, 1):
        print(f"{i}. {section.title}\n   {section.answer}")
    seconds = time.perf_counter() - started
    print(f"\n{simulated} runs simulated now, the others were in the store ({first.store}); {seconds:.0f} s")
    print(f"Report:  {first.out / 'report.html'}")
    print(f"Tables:  {', '.join(str(first.out / name) for name in ('answers.csv', 'effects.csv', 'runs.parquet'))}")
    print_export(first.options.export, exported)
    return 0
