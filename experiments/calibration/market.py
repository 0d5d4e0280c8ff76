"""A fitted market as a yaml of the group ``market``: each number with its source, and what the data cannot tell."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.calibration.comments import one_line, wrapped
from experiments.calibration.fit import FinishedCalibration
from experiments.calibration.plan import Calibration
from experiments.execution.disk import replace
from experiments.plans.arms import load_market
from experiments.plans.compose import compose_settings
from sim.bookings.rows import date_of
from sim.calibration.findings import nested
from sim.config import ConfigError

MADE_BY = "# Fitted by experiments.calibrate"


def check_market_path(path: Path) -> None:
    """Refuse to write over a market that was not made by this command.

    Raises
    ------
    ConfigError
        There is such a file.
    """
    if path.is_file() and not path.read_text().startswith(MADE_BY):
        raise ConfigError(f"market_folder: {path} exists and was not made by this command, choose another name")


def _lines(tree: Mapping[str, Any], sources: Mapping[str, str], path: str = "") -> Iterator[str]:
    for key, value in tree.items():
        here = f"{path}.{key}".strip(".")
        indent = "  " * path.count(".") + ("  " if path else "")
        if here in sources:
            yield f"{indent}{key}: {json.dumps(value)}  # {one_line(sources[here])}"
        else:
            yield f"{indent}{key}:"
            yield from _lines(value, sources, here)


def market_text(job: Calibration, result: FinishedCalibration) -> str:
    """The yaml; it names the base market by its name."""
    fitted, found = result.fitted, result.findings.found
    origin = job.bookings.name
    first, last = date_of(int(job.visits.day.min())), date_of(job.until_day)
    head = f"{MADE_BY} to {one_line(origin)}, {first} to {last}: choose it to compare policies with such clients."
    untold = [f"{keys}: {why}" for keys, why in result.findings.untold]
    notes = [
        f"Client model: {fitted.model.name}, log likelihood {fitted.log_likelihood:.2f}, {fitted.n} new clients.",
        f"What the file cannot tell keeps the value of {job.base.name}:",
        *(f"- {line}" for line in untold),
    ]
    comments = [line for note in notes for line in wrapped(note)]
    body = _lines({"name": job.options.name, **nested(found)}, {"name": "as asked for"} | {f.key: str(f.source) for f in found})
    text = [head, *comments, "defaults:", f"  - {job.base.name}", "  - _self_", "", *body]
    return "\n".join(text) + "\n"


def write_market(job: Calibration, result: FinishedCalibration) -> Path:
    """Write the yaml and read it back as ``compare market=NAME`` would.

    Raises
    ------
    ConfigError
        It does not give the fitted market, since the base market was changed on the command line.
    """
    path = job.market_path
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, market_text(job, result).encode())
    overrides = [f"market={job.options.name}", "arm=[uniform]"]
    try:
        read = load_market(compose_settings("compare", overrides, _config_dirs(path)))
    except ConfigError:
        path.unlink()
        raise
    if read != result.market:
        path.unlink()
        raise ConfigError(
            f"market = {job.base.name}, was changed by overrides that {path.name} cannot keep: give that market a yaml of its own"
        )
    return path


def _config_dirs(path: Path) -> list[Path]:
    return [path.parent.parent] if path.parent.name == "market" else []


def use_of(path: Path) -> str:
    """What to type to compare policies in the market."""
    folder = path.parent.parent
    inside = (folder / "compare.yaml").is_file()
    return f"python -m experiments.compare {'' if inside else f'--config-dir {folder} '}market={path.stem}"
