"""What can be done with a store: list, check and prune it, or gather its metrics in one table."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.execution.contents import Entry, entries
from experiments.execution.disk import named, replace, sync
from experiments.execution.store import DAMAGED, DamagedError, RunResult, as_parquet, read_run, set_aside
from sim.config import ConfigError
from sim.words.aligned import aligned

COLUMNS = ("arm", "label", "market", "seed", "replication", "seconds")


def _cells(entry: Entry) -> tuple[str, ...]:
    values = (str(entry.about.get(name, "")) for name in COLUMNS)
    return (entry.state, *values, entry.path.name)


def chosen(found: Sequence[Entry], arm: str | None = None, market: str | None = None, sort: str = "folder") -> list[Entry]:
    """Entries of an arm and of a market, by a column: numbers by size, equal ones by folder, and those without it last."""
    kept = [
        entry
        for entry in found
        if (arm is None or entry.about.get("arm") == arm) and (market is None or entry.about.get("market") == market)
    ]

    def place(entry: Entry) -> tuple[bool, float, str, str]:
        value = {"version": entry.state, "folder": entry.path.name}.get(sort, entry.about.get(sort))
        number = float(value) if isinstance(value, int | float) else 0.0
        return value is None, number, str(value), entry.path.name

    return sorted(kept, key=place)


def list_store(store: Path, arm: str | None = None, market: str | None = None, sort: str = "folder") -> int:
    """Print one line a run, then how many of each kind."""
    found = chosen(list(entries(store)), arm, market, sort)
    rows = [("version", *COLUMNS, "folder"), *(_cells(entry) for entry in found)]
    print("\n".join(aligned(rows)))
    counts = Counter(entry.state for entry in found)
    seconds = sum(float(entry.about.get("seconds", 0)) for entry in found)
    kinds = ", ".join(f"{n} {state}" for state, n in counts.items())
    print(f"\n{len(found)} in {store}{': ' if kinds else ''}{kinds}; {seconds:.0f} s of simulation")
    return 0


def _check(entry: Entry) -> str:
    """What is wrong with an entry, or nothing."""
    if entry.state in ("damaged", "leftover"):
        return entry.state
    if "source" not in entry.about:
        return ""
    try:
        read_run(entry.path.parent, entry.path.name, tables=True)
    except DamagedError as error:
        return str(error)
    return ""


def verify_store(store: Path) -> int:
    """Read everything against its checksums and name what is damaged."""
    found = list(entries(store))
    n_damaged = 0
    for entry in found:
        wrong = _check(entry)
        if wrong and entry.state != "leftover":
            n_damaged += 1
            print(wrong if str(entry.path) in wrong else f"{entry.path}: {wrong}")
    runs = sum(entry.state != "leftover" for entry in found)
    print(f"{runs} in {store}, {n_damaged} damaged" + ("; the next run that needs them simulates them again" if n_damaged else ""))
    return 1 if n_damaged else 0


def _bytes(path: Path) -> int:
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.lstat().st_size


def prune_store(store: Path, yes: bool) -> int:
    """Delete what is damaged, left over or of another version; without ``yes``, say what would go."""
    total = n = 0
    for entry in list(entries(store)):
        kind = entry.state if entry.state in ("damaged", "leftover", "other") else "damaged" if _check(entry) else ""
        if not kind:
            continue
        size = _bytes(entry.path)
        total, n = total + size, n + 1
        print(f"{'delete' if yes else 'would delete'}  {kind}  {size:,} bytes  {entry.path}")
        if yes:
            _delete(entry)
    if yes and n:
        sync(store)
    more = "; --yes deletes them" if n and not yes else ""
    print(f"{n} {'deleted' if yes else 'could go'}, {total:,} bytes{more}")
    return 0


def _delete(entry: Entry) -> None:
    with named(entry.path):
        if not entry.path.is_dir():
            entry.path.unlink()
            return
        # under its own name a folder is a result: it must not be half deleted there
        hidden = entry.path.name.startswith(".") or DAMAGED in entry.path.name
        doomed = entry.path if hidden else set_aside(entry.path.parent, entry.path.name)
        if doomed is not None:
            shutil.rmtree(doomed)


def _results(store: Path) -> Iterator[tuple[Entry, RunResult]]:
    for entry in entries(store):
        if entry.state in ("current", "other", "unknown") and "source" in entry.about:
            try:
                result = read_run(store, entry.path.name)
            except DamagedError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            if result is not None:
                yield entry, result


def metrics_table(store: Path) -> pa.Table:
    """Metrics of all whole results: one row a run, columns key, version, arm, market, seed and so on, and one a metric."""
    rows: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for entry, result in _results(store):
        about = {name: entry.about.get(name) for name in COLUMNS}
        rows.append({"key": entry.path.name, "version": entry.state, **about, **result.metrics})
        names |= dict.fromkeys(result.metrics)
    columns = ("key", "version", *COLUMNS)
    kinds = {"seed": pa.int64(), "replication": pa.int64(), "seconds": pa.float64()}
    text = {name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in columns}
    return pa.table(text | {name: pa.array([row.get(name) for row in rows], pa.float64()) for name in names})


def export_store(store: Path, out: Path) -> int:
    """Write the metrics of all runs to one Parquet file."""
    if out.is_dir():
        raise ConfigError(f"{out}, must be the name of a file, not a folder")
    table = metrics_table(store)
    replace(out, as_parquet(table))
    print(f"{table.num_rows} runs x {table.num_columns} columns in {out}")
    return 0
