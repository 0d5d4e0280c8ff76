"""The log of a stored run, read back from its tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.config import ConfigError, Market
from sim.engine.platform import Arm
from sim.engine.record import facts_of, names_in
from sim.log import CATEGORIES, TABLES, RunLog, load_table


def read_log(folder: Path, market: Market, arm: Arm) -> RunLog:
    """The log that was saved in a run's folder of the store, ``store / key``.

    Parameters
    ----------
    market, arm
        What was simulated: the tables hold neither the names that did not occur nor the length of the run.

    Raises
    ------
    ConfigError
        The tables have names that the market has not: it is another market's run.
    """
    names = names_in(market, arm)
    tables = {table: _columns(folder, table, names) for table in TABLES}
    return RunLog(**tables, names=names, facts=facts_of(market, arm))


def _columns(folder: Path, table: str, names: dict[str, tuple[str, ...]]) -> dict[str, NDArray[Any]]:
    if not (folder / f"{table}.parquet").is_file():
        return {}
    stored = load_table(folder, table)
    known = {name: names.get(CATEGORIES.get((table, name), "")) for name in stored.column_names}
    return {name: _values(f"{table}.{name}", stored[name], among) for name, among in known.items()}


def _values(where: str, column: pa.ChunkedArray, names: tuple[str, ...] | None) -> NDArray[Any]:
    """A column as it was in the log: positions in ``names`` instead of the names, -1 for none."""
    if names is None:
        return np.asarray(column)
    whole = column.combine_chunks()
    whole = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    strange = [name for name in whole.dictionary.to_pylist() if name not in names]
    if strange:
        raise ConfigError(f"{where} = {strange[0]!r}, must be one of {', '.join(names)}: the run is another market's")
    position = np.array([*(names.index(name) for name in whole.dictionary.to_pylist()), -1])
    return position[np.asarray(whole.indices.fill_null(len(whole.dictionary)))]
