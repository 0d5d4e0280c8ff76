"""What a search found, as files for other programs."""

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.outputs.tables import as_csv
from experiments.search.finals import Finals
from experiments.search.loop import CONTROL, Searched
from experiments.search.plan import Tuning
from sim.report.tune import Setting, TuneRecord
from sim.statistics.standing import Standing


def trials_parquet(tuning: Tuning, searched: Searched, finals: Finals) -> bytes:
    """One row a setting that was tried: its settings, runs, what it reached with its standard error, limits, and what became of it.

    Means are differences to the control, as the search knows them; ``excess_*`` how far beyond a guardrail, <= 0 within;
    ``chance`` the probability to be on the front, by the search.
    """
    stand, aims = searched.stand, tuning.aims
    place = {int(i): k for k, i in enumerate(stand.who)}
    chances, within = tuning.race.chances(stand.found, tuning.options.seed), tuning.race_within.within(stand.found)
    counts = searched.runs.counts
    rows: list[dict[str, Any]] = []
    for i, candidate in enumerate(searched.candidates, 1):
        k = place.get(i)
        values = dict(candidate.values)
        row: dict[str, Any] = {"setting": searched.runs.arms[i].name, "generation": searched.generations[i - 1]}
        row |= {one.name: values.get(one.name) for one in tuning.space.dimensions}
        row["runs"] = int(counts[i])
        for column, name in enumerate(aims.columns):
            mean = math.nan if k is None else float(stand.found.means[k, column] - stand.found.means[place[CONTROL], column])
            row[name] = mean
            row[f"{name}_se"] = math.nan if k is None else _error(stand.found, k, place[CONTROL], column)
        for one in aims.guardrails:
            sign = 1.0 if one.side == "up" else -1.0
            row[f"excess_{one.metric}_{one.side}"] = sign * row[one.metric] - one.limit
        row["within"] = math.nan if k is None else float(within[k])
        row["chance"] = math.nan if k is None else float(chances[k])
        row["state"] = _state(i, k, finals)
        rows.append(row)
    table = pa.table({name: _column([row[name] for row in rows]) for name in rows[0]})
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def _state(i: int, place: int | None, finals: Finals) -> str:
    if i == finals.chosen:
        return "recommended"
    return "finalist" if i in finals.finalists else "not defined" if place is None else "left"


def _error(found: Standing, k: int, control: int, column: int) -> float:
    """Standard error of a difference to the control."""
    spread = found.spread[k, k] + found.spread[control, control] - 2 * found.spread[k, control]
    return math.sqrt(max(float(spread * found.error[column, column]), 0.0))


def _column(values: Sequence[Any]) -> pa.Array:
    """Numbers as numbers; a key with names among its values as text."""
    known = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in known):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    if any(isinstance(value, float) for value in known):
        return pa.array([None if value is None or value != value else float(value) for value in values], pa.float64())
    return pa.array(values)


def front_csv(record: TuneRecord) -> str:
    """One row a policy on fresh random numbers; searched, confirmed, low and high are differences to the control."""
    keys = list(dict.fromkeys(key for one in record.points for key in one.settings))
    header = ["policy", "kind", *keys]
    for name in record.objectives:
        header += [f"{name}_searched", f"{name}_confirmed", f"{name}_low", f"{name}_high", f"{name}_mean"]
    header += ["n", "front_probability", *(f"{one.metric}_{one.side}" for one in record.guardrails), "recommended"]
    rows = []
    for one in (*record.of_front, *(point for point in record.points if point.kind != "setting")):
        row: list[Any] = [one.name, one.kind, *(_plain(one.settings, key) for key in keys)]
        for column in range(len(record.objectives)):
            found = record.difference(one, column)
            row += [record.searched_mean(one, column), found.estimate, found.low, found.high, record.level(one, column)]
        verdicts = ["" if one.kind == "control" else test.verdict for _, test in record.checks(one)]
        rows.append([*row, record.n, one.chance, *verdicts, one.name == record.recommended])
    return as_csv(header, rows)


def _plain(settings: Mapping[str, Setting], key: str) -> Any:
    return settings.get(key, "")
