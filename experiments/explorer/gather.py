"""Finished comparisons: simulated now, from the store, or from the ``out`` folder of an earlier command."""

import shlex
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from experiments.comparison.analysis import Compared, analyse
from experiments.comparison.worlds import check_worlds, look
from experiments.execution.executors import ExecutorSettings
from experiments.execution.run_set import RunSet, run_set
from experiments.execution.runner import Runner
from experiments.explorer.choice import JOB, Choice, Composed, base, composed, overrides
from experiments.explorer.folders import Folders
from experiments.outputs.finished import read_finished, read_folder
from experiments.outputs.folder import MARKER, check_writable
from experiments.outputs.manifest import MANIFEST
from experiments.outputs.rebuild import worlds_in
from experiments.plans.command_line import command_line
from experiments.plans.compose import NAME
from experiments.plans.plan import ComparisonOptions, Plan
from experiments.uncertain.matching import choose_worlds
from sim.config import ConfigError

_ONE_AT_A_TIME = threading.Lock()
"""Browser tabs take turns, run by run."""

Tick = Callable[[int, int], None]
"""Called with runs done and runs in all."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Finished(Compared):
    """A comparison and everything its screens need; one object is itself only, so that what is drawn of it can be cached."""

    name: str
    """Short, for headings."""
    settings: dict[str, Any]
    store: Path
    """Where its runs are."""
    command: str
    """What to type to get the same; empty when that is not known for sure."""
    choice: Choice | None
    """None: read from a folder."""

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.plan.options.seed

    @property
    def n_replications(self) -> int:
        """Runs of each arm."""
        return self.comparison.n_replications

    @property
    def shown_arm(self) -> str:
        """The arm under study, or the first that is no control."""
        control = self.plan.options.control
        return self.plan.studied or next((arm for arm in self.plan.arms if arm != control), control)


def _ignore(_done: int, _all: int) -> None:
    """Nobody is watching."""


class _Turns:
    """Progress as the runner draws it: reports each run to the screen, and lets another browser tab have its turn in between."""

    def __init__(self, tick: Tick, total: int, initial: int = 0, **_: Any) -> None:
        self.tick, self.total, self.done = tick, total, initial

    def __enter__(self) -> Self:
        self.tick(self.done, self.total)
        _ONE_AT_A_TIME.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        _ONE_AT_A_TIME.release()

    def update(self) -> None:
        """One run more is done; the screen may raise, to stop."""
        self.done += 1
        _ONE_AT_A_TIME.release()
        try:
            self.tick(self.done, self.total)
        finally:
            _ONE_AT_A_TIME.acquire()


def simulate(plan: Plan[ComparisonOptions], store: Path, tick: Tick = _ignore) -> RunSet:
    """Every arm and replication with its tables, from the store where present, otherwise simulated in this process.

    ``tick`` may raise to stop between two runs; finished runs stay in the store.

    Raises
    ------
    ConfigError
        The store cannot be written to.
    RunError
        Runs failed; all others were completed first.
    """
    check_writable("store", store)
    with _runner(store, tick, keep_logs=True) as runner:
        return run_set(runner, plan.jobs(plan.options.replications))


def _runner(store: Path, tick: Tick, keep_logs: bool) -> Runner:
    return Runner(store, ExecutorSettings(name="serial"), keep_logs=keep_logs, progress=partial(_Turns, tick))


def over_worlds(found: Compared, store: Path, tick: Tick = _ignore) -> Compared:
    """The same comparison with what happens to its decision in plausible worlds, as many as its plan asks for."""
    with _runner(store, tick, keep_logs=False) as runner:
        return replace(found, over=look(found, choose_worlds(found.plan, runner), runner))


def from_choice(choice: Choice, folders: Folders, tick: Tick = _ignore) -> Finished:
    """Simulate what was chosen, or take it from the store.

    Raises
    ------
    ConfigError, RunError
        It cannot be simulated.
    """
    made: Composed = composed(choice, folders.config_dirs)
    check_worlds(made.plan)
    found = analyse(made.plan, simulate(made.plan, folders.store, tick))
    if choice.worlds:
        found = over_worlds(found, folders.store, tick)
    words = overrides(choice, base(choice.studied, choice.market, folders.config_dirs))
    command = command_line(JOB, words, folders.config_dirs)
    name = f"{choice.studied} against {choice.control}" if choice.studied != choice.control else choice.studied
    return _finished(found, name=name, settings=made.settings, store=folders.store, command=command, choice=choice)


def _finished(found: Compared, **about: Any) -> Finished:
    return Finished(**found.parts, **about)


def finished_folders(out: Path) -> list[Path]:
    """Folders that hold a whole comparison: ``out`` itself or those in it, newest first."""
    if not out.is_dir():
        return []
    found = [folder for folder in (out, *sorted(out.iterdir())) if folder.is_dir() and _is_comparison(folder)]
    return sorted(found, key=lambda folder: -(folder / MANIFEST).stat().st_mtime)


def _is_comparison(folder: Path) -> bool:
    marker = folder / MARKER
    try:
        return (folder / MANIFEST).is_file() and marker.read_text(encoding="utf-8").strip() == JOB
    except (OSError, UnicodeDecodeError):
        return False


def from_folder(folder: Path) -> Finished:
    """A comparison that a command has written, with its runs from the store that the command used.

    Raises
    ------
    ConfigError
        Its files are not what the command writes, or runs are no longer in the store.
    """
    read = read_folder(folder)
    for name in read.settings["arm"]:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ConfigError(f"arm = {name!r}, must be a name of letters, digits and underscores")
    found = replace(analyse(*read_finished(folder, read, tables=True)), over=worlds_in(folder))
    command = _safe(read.command)
    return _finished(found, name=folder.name, settings=read.settings, store=read.store, command=command, choice=None)


def _safe(command: str) -> str:
    """The command, if it is one of ours and nothing but that; empty otherwise."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    variables = [words.pop(0)] if words and words[0].startswith("SIM_PLUGINS=") else []
    ours = words[:2] == ["python", "-m"] and len(words) > 2 and words[2] == f"experiments.{JOB}"
    quoted = [*(f"SIM_PLUGINS={shlex.quote(word.partition('=')[2])}" for word in variables), *map(shlex.quote, words)]
    return command if ours and " ".join(quoted) == command else ""
