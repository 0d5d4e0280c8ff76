"""What a search was told, in a plain file from which it goes on.

A search is resumed by asking it for the same batches again and telling it what the file says: candidates follow from the seed and
from what was told, so that they come again, and the rest of the search is the same as if it had never stopped.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.execution.store import write_text
from experiments.search.sampling import Search
from experiments.search.told import Told
from sim.config import ConfigError

FORMAT = 1
"""Of the file; another is not read."""


def save(path: Path, search: Search, about: Mapping[str, Any], batches: Sequence[Sequence[Told]]) -> None:
    """Write all batches told so far, whole or not at all.

    Parameters
    ----------
    about
        What else decides what candidates reach, as plain values: arm, objectives, limits, market, engine.
    batches
        In the order in which they were told.
    """
    rows = [
        [
            {
                "values": dict(one.candidate.values),
                "reached": [_plain(v) for v in one.values],
                "excess": [_plain(v) for v in one.excess],
            }
            for one in batch
        ]
        for batch in batches
    ]
    content = {"format": FORMAT, "search": _identity(search, about), "batches": rows}
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def resume(path: Path, search: Search, about: Mapping[str, Any]) -> list[list[Told]]:
    """Bring a new search to where a file left it; no batch where there is no file.

    Raises
    ------
    ConfigError
        The file cannot be read, is that of another search, or holds candidates that this search does not ask for.
    """
    if not path.exists():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known, rows = content["search"], content["batches"]
        version = content["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}, cannot be read as a search: {type(error).__name__}: {error}") from None
    if version != FORMAT:
        raise ConfigError(f"{path}, has the format {version!r}, must be {FORMAT}: delete it to begin anew")
    now = _identity(search, about)
    if known != now:
        differs = ", ".join(sorted(key for key in {*known, *now} if known.get(key) != now.get(key)))
        raise ConfigError(
            f"{path}, is of another search: {differs} differ; only the same one goes on, delete the file to begin anew"
        )
    batches = []
    for i, batch in enumerate(rows):
        try:
            told = [
                Told(search.space.read(row["values"]), tuple(map(float, row["reached"])), tuple(map(float, row["excess"])))
                for row in batch
            ]
            asked = search.ask(len(told))
            if [one.identity for one in asked] != [one.candidate.identity for one in told]:
                raise ValueError("other candidates than this search asks for: another version of optuna, or edited by hand")
            search.tell(told)
        except (ConfigError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{path}, batch {i}: {error}; delete the file to begin anew") from None
        batches.append(told)
    return batches


def _identity(search: Search, about: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same to go on; as JSON gives it back."""
    return dict(json.loads(json.dumps(search.described | {"about": dict(about)})))


def _plain(value: float) -> float | str:
    # JSON has neither nan nor infinity; a float's shortest decimal form gives back its bits
    return value if math.isfinite(value) else str(value)
