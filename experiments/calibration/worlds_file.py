"""The yaml of plausible worlds beside a fitted market."""

from pathlib import Path

from experiments.calibration.comments import one_line, wrapped
from experiments.calibration.market import use_of
from experiments.calibration.plan import Calibration
from experiments.calibration.worlds import Worlds, source_of
from experiments.execution.disk import replace
from experiments.plans.compose import as_yaml
from experiments.uncertain.written import draws_text
from sim.config import ConfigError, Market
from sim.worlds.prior import make_prior

MADE_BY = "# Plausible markets, fitted by experiments.calibrate"
USUAL = 64
"""Worlds that the command asks for."""


def check_worlds_path(path: Path) -> None:
    """Refuse to write over a yaml that was not made by this command.

    Raises
    ------
    ConfigError
        There is such a file.
    """
    if path.is_file() and not path.read_text(encoding="utf-8").startswith(MADE_BY):
        raise ConfigError(f"market_folder: {path} exists and was not made by this command, choose another name, or worlds=0")


def worlds_text(job: Calibration, market: Market, worlds: Worlds) -> str:
    """The yaml."""
    head = f"{MADE_BY} to {source_of(job)}: what it leaves open, and assumptions where it says nothing."
    notes = [f"Not as in the worlds of {job.base.name}, since {why}: {', '.join(names)}" for why, names in _by_reason(worlds)]
    comments = [line for note in notes for line in wrapped(one_line(note))]
    prior = make_prior(worlds.said, market)
    names = [one.name for one in worlds.drawn]
    rows = [[float(value) for value in row] for row in zip(*(one.values for one in worlds.drawn), strict=True)]
    about = f"markets that {source_of(job)} leaves open: {worlds.n} joint draws"
    return "\n".join([head, *comments, as_yaml(worlds.said)]) + "\n" + draws_text(prior, names, rows, about)


def _by_reason(worlds: Worlds) -> list[tuple[str, list[str]]]:
    """What is left out of the base market's worlds, by why."""
    reasons: dict[str, list[str]] = {}
    for name, why in worlds.left_out.items():
        reasons.setdefault(why, []).append(name)
    return list(reasons.items())


def write_worlds(job: Calibration, market: Market, worlds: Worlds) -> Path:
    """Write the yaml; returns its path."""
    path = job.worlds_path
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, worlds_text(job, market, worlds).encode())
    return path


def use_of_worlds(market_path: Path, n: int) -> str:
    """What to type to compare policies in the worlds."""
    return f"{use_of(market_path)} worlds={min(n, USUAL)}"
