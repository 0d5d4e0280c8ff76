"""Finished comparisons: simulated now, from the store, or from the ``out`` folder of an earlier command."""

import shlex
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments.comparison.analysis import analyse
from experiments.execution.executors import Serial
from experiments.execution.jobs import Job
from experiments.execution.runner import Outcome, RunError
from experiments.execution.store import DamagedError, RunResult, load_run, read_run, set_aside
from experiments.explorer.choice import JOB, Choice, Composed, base, composed, overrides
from experiments.explorer.folders import Folders
from experiments.outputs.finished import read_finished, read_folder
from experiments.outputs.folder import MANIFEST, MARKER, check_writable
from experiments.plans.command_line import command_line
from experiments.plans.compose import NAME
from experiments.plans.decide import decision_rule
from experiments.plans.plan import CompareOptions, Plan
from sim.config import ConfigError
from sim.report.decision import Decision, decide
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval

_ONE_AT_A_TIME = threading.Lock()
"""Browser tabs take turns, run by run."""

Tick = Callable[[int, int], None]
"""Called with runs done and runs in all."""


@dataclass(frozen=True, eq=False)
class Finished:
    """A comparison and everything its screens need; one object is itself only, so that what is drawn of it can be cached."""

    name: str
    """Short, for headings."""
    settings: dict[str, Any]
    plan: Plan[CompareOptions]
    outcome: Outcome
    comparison: Comparison
    gains: dict[str, Interval]
    """Share of the oracle's gain, by arm."""
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

    @cached_property
    def decision(self) -> Decision:
        """What follows by the rule of the configuration."""
        return decide(self.comparison, decision_rule(self.plan.options.decision, self.plan))

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


def simulate(plan: Plan[CompareOptions], store: Path, tick: Tick = _ignore) -> Outcome:
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
    options = plan.options
    jobs = {
        (name, replication): Job(plan.market, arm, options.seed, replication, options.engine)
        for name, arm in plan.arms.items()
        for replication in range(options.replications)
    }
    results: dict[str, RunResult] = {}
    todo: dict[str, Job] = {}
    for job in jobs.values():
        stored = _stored(store, job.key)
        if stored is None:
            todo[job.key] = job
        else:
            results[job.key] = stored
    n_all = len({job.key for job in jobs.values()})
    tick(n_all - len(todo), n_all)
    failures = []
    for done, job in enumerate(todo.values(), n_all - len(todo) + 1):
        with _ONE_AT_A_TIME:
            report = next(Serial(store, True).simulate([job]))
        found = None if report.failure else load_run(store, job.key, tables=True)
        if found is None:
            failures.append(f"{job.where} failed: {report.failure or f'its result is not in {store}'}")
        else:
            results[job.key] = found
        tick(done, n_all)
    if failures:
        raise RunError("\n".join(failures[:5] + [f"... and {len(failures) - 5} more"] * (len(failures) > 5)))
    keys = {where: job.key for where, job in jobs.items()}
    return Outcome({where: results[key] for where, key in keys.items()}, keys, len(todo))


def _stored(store: Path, key: str) -> RunResult | None:
    try:
        return read_run(store, key, tables=True)
    except DamagedError:
        set_aside(store, key)
        return None


def from_choice(choice: Choice, folders: Folders, tick: Tick = _ignore) -> Finished:
    """Simulate what was chosen, or take it from the store.

    Raises
    ------
    ConfigError, RunError
        It cannot be simulated.
    """
    made: Composed = composed(choice, folders.config_dirs)
    outcome = simulate(made.plan, folders.store, tick)
    comparison, gains = analyse(made.plan, outcome)
    words = overrides(choice, base(choice.studied, choice.market, folders.config_dirs))
    command = command_line(JOB, words, folders.config_dirs)
    name = f"{choice.studied} against {choice.control}" if choice.studied != choice.control else choice.studied
    return Finished(name, made.settings, made.plan, outcome, comparison, gains, folders.store, command, choice)


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
    plan, outcome = read_finished(folder, read, tables=True)
    comparison, gains = analyse(plan, outcome)
    return Finished(folder.name, read.settings, plan, outcome, comparison, gains, read.store, _safe(read.command), None)


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
