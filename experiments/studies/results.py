"""What a study leaves in its ``out`` folder, and what it prints."""

import io
import time
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.execution.keys import versions
from experiments.outputs.export import Parts, check_export, print_export, write_export
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_arrow, as_csv
from experiments.plans.settings import Settings
from experiments.studies.factors import Factor
from experiments.studies.plan import Study, StudyFindings, make_study, run_study
from sim.charts.effects import factor_label, level_label
from sim.report.format import count
from sim.report.study import StudyPage, StudyRecord, cell_text, findings, notes_of
from sim.said import Number, Value, number, say
from sim.statistics.designs import Design
from sim.statistics.intervals import mean_interval

EFFECTS = ("metric", "effect", "factor_a", "level_a", "factor_b", "level_b", "estimate", "low", "high", "p_value", "n", "verdict")
LISTED_POINTS = 5


def effect_rows(found: StudyFindings) -> list[tuple[Any, ...]]:
    """Every main effect and two-way interaction."""
    return [tuple(getattr(row, name) for name in EFFECTS) for rows in found.effects.values() for row in rows]


def sensitivity_rows(found: StudyFindings) -> list[tuple[Any, ...]]:
    """Sobol indices by metric, factor and kind, and how well the surface fits."""
    return [
        (metric, kind, factor, index.estimate, index.low, index.high, result.r2, result.q2, result.n_points, index.n)
        for metric, result in found.sensitivity.items()
        for kind, indices in (("first", result.first), ("total", result.total))
        for factor, index in indices.items()
    ]


def point_rows(study: Study, found: StudyFindings) -> list[tuple[Any, ...]]:
    """Mean of each metric at each point of the design, with its interval."""
    rows = []
    for i, values in enumerate(study.design.points):
        for metric, responses in found.responses.items():
            interval = mean_interval(responses[i])
            rows.append((i, *values.values(), metric, interval.estimate, interval.low, interval.high, interval.n))
    return rows


def runs_table(study: Study, found: StudyFindings) -> pa.Table:
    """One row a point and replication: the value of each factor, and each metric."""
    n_points, n_runs = len(study.points), study.plan.options.replications
    columns: dict[str, Any] = {
        "point": [i for i in range(n_points) for _ in range(n_runs)],
        "replication": [r for _ in range(n_points) for r in range(n_runs)],
    }
    for factor in study.factors:
        levels = [values[factor.name] for values in study.design.points]
        mixed = len({type(level) for level in levels} - {int, float}) > 1
        columns[factor.name] = [str(level) if mixed else level for level in levels for _ in range(n_runs)]
    return pa.table(columns | {metric: responses.ravel() for metric, responses in found.responses.items()})


def export_tables(runs: pa.Table, header: Sequence[str], effects: Sequence[tuple[Any, ...]]) -> dict[str, Parts]:
    """The tables of an export: what was measured, and what the factors do; runs of studies are kept without their bookings."""
    # levels of a factor are numbers or names: as text they have one type whatever is studied
    texts = [[str(cell) if name.startswith("level") else cell for name, cell in zip(header, row, strict=True)] for row in effects]
    return {"runs": [runs], "effects": [as_arrow(header, texts)] if effects else []}


def describe(factor: Factor) -> list[Value]:
    """The levels of a factor, or its range."""
    if factor.is_range:
        return [say("{low} to {high}", low=number(factor.low), high=number(factor.high))]
    return [Number(str(level)) if type(level) in (int, float) else str(level) for level in factor.levels]


def page_of(study: Study, found: StudyFindings, command: str) -> StudyPage:
    """What the page says."""
    options = study.plan.options
    return StudyPage(
        question=options.question or "",
        market=study.plan.market.name,
        studied=options.studied,
        control=options.control or "",
        design=study.design.name,
        n_points=len(study.points),
        n_replications=options.replications,
        factors={factor.name: describe(factor) for factor in study.factors},
        effects=found.effects,
        sensitivity=found.sensitivity,
        command=command,
        seed=options.seed,
        versions=versions(),
        aliases=getattr(study.design, "aliases", ()),
        worlds=study.plan.n_worlds,
    )


def write_study(study: Study, found: StudyFindings, settings: Settings, command: str) -> None:
    """Everything that goes to the out folder."""
    options, shown = study.plan.options, study.metrics[0]
    design = study.design if isinstance(study.design, Design) else None
    record = StudyRecord(page_of(study, found, command), shown.name, design, found.responses[shown.name])
    names = tuple(factor.name for factor in study.factors)
    columns: tuple[str, ...] = ("point", *names, "metric", "mean", "low", "high", "n")
    tables: dict[str, str | bytes] = {"points.csv": as_csv(columns, point_rows(study, found))}
    if found.effects:
        tables["effects.csv"] = as_csv(EFFECTS, effect_rows(found))
    if found.sensitivity:
        header = ("metric", "index", "factor", "estimate", "low", "high", "r2", "q2", "n_points", "n")
        tables["sensitivity.csv"] = as_csv(header, sensitivity_rows(found))
    runs = io.BytesIO()
    pq.write_table(runs_table(study, found), runs, compression="zstd")

    more = {"points": len(study.points)}
    manifest = Manifest(
        command, options.seed, options.replications, options.engine, study.plan.store, simulated_now=found.simulated, more=more
    )
    tables["runs.parquet"] = runs.getvalue()
    write_folder("study", study.plan.out, settings, tables, record, manifest, options.report.lang)


def print_study(study: Study, found: StudyFindings, seconds: float) -> None:
    """The findings, the best and worst points, and where everything is."""
    options, shown = study.plan.options, study.metrics[0]
    against = options.control or ""
    page = page_of(study, found, "")
    runs = count(options.replications, "replication")
    print(
        f"\nMarket {study.plan.market.name}, arm {options.studied}{f' against {against}' if against else ''}, seed {options.seed}"
    )
    print(f"{study.design.name}: {len(study.points)} points x {runs}\n")
    print(f"{shown.label}{f', difference to {against}' if against else ''}:")
    for sentence in (*findings(page), *notes_of(page)):
        print(f"- {sentence}")
    means = [mean_interval(responses).estimate for responses in found.responses[shown.name]]
    order = sorted(range(len(means)), key=lambda i: -means[i] if shown.better != "lower" else means[i])
    print(f"\n{'Best points' if shown.better else 'Highest points'}, each with the 95 % interval of its own:")
    for i in order[:LISTED_POINTS]:
        values = ", ".join(f"{factor_label(name)} {level_label(value)}" for name, value in study.design.points[i].items())
        print(f"  {cell_text(shown, found.responses[shown.name][i], against)}   {values}")
    out = study.plan.out
    tables = [name for name, there in (("effects.csv", found.effects), ("sensitivity.csv", found.sensitivity)) if there]
    print(f"\n{found.simulated} runs simulated now, the others were in the store ({study.plan.store}); {seconds:.0f} s")
    print(f"Report:  {out / 'report.html'}")
    print(f"Tables:  {', '.join(str(out / name) for name in [*tables, 'points.csv', 'runs.parquet'])}")


def run_one_part(settings: Settings, command: str) -> int:
    """Simulate a design, print what the factors do and write the out folder; returns the exit code."""
    started = time.perf_counter()
    study = make_study(settings)
    plan = study.plan
    check_out(plan.out, "study")
    check_writable("store", plan.store)
    check_export(plan.options.export, plan.out, plan.store)
    found = run_study(study)
    write_study(study, found, settings, command)
    exported = write_export(plan.options.export, export_tables(runs_table(study, found), EFFECTS, effect_rows(found)))
    print_study(study, found, time.perf_counter() - started)
    print_export(plan.options.export, exported)
    return 0
