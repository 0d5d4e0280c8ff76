"""A real experiment as a command names it: what was randomised, when, and which outcome; checked before its file is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from experiments.bookings.opened import source_of
from experiments.outputs.folder import check_out
from experiments.plans.plan import ReportOptions
from experiments.plans.settings import Settings
from experiments.trials.estimating import SYNTHETIC_CONTROL
from experiments.trials.plan import designs_of
from sim.bookings.rows import date_of, day_of
from sim.config import ConfigError, Section, load
from sim.designs.base import Design, Groups, Units, merges_orders
from sim.report.lab import Outcome

ANALYSED = "client, pro, zone, switchback, zone_switchback, staged or before_after"


class Named(Section):
    """Which value of the column of groups is which."""

    control: Annotated[str | int | bool, Field(union_mode="left_to_right")]
    treated: Annotated[str | int | bool, Field(union_mode="left_to_right")]


class ObservedOptions(Section):
    """Keys of the analysis of a real experiment beside those of the source."""

    assignments: Annotated[str, Field(min_length=1)] | None
    groups: Named | None
    start: str | None
    end: str | None
    outcome: Outcome
    simulate: bool
    out: Annotated[str, Field(min_length=1)]
    report: ReportOptions


@dataclass(frozen=True)
class Observed:
    """What is analysed."""

    options: ObservedOptions
    name: str
    """Of the design."""
    design: Design
    start: int
    """First day, since 1970-01-01."""
    end: int
    """Day after the last."""
    source: Settings
    """The settings, with the assignments among the files that are read."""

    @property
    def days(self) -> int:
        """How long it lasted."""
        return self.end - self.start

    @cached_property
    def stages(self) -> Groups | None:
        """The share of clients that was meant, in its one row, stage by stage; None where clients were not assigned."""
        if self.design.unit != "client":
            return None
        return self.design.groups(Units(0, 0, 1, 1, 1, float(self.days)))

    @property
    def is_staged(self) -> bool:
        """Whether the share of clients treated changes, so that a client may become treated."""
        return self.stages is not None and self.stages.shares.shape[1] > 1

    @property
    def period_days(self) -> float:
        """How long a group lasts: a period, a stage, or the whole experiment."""
        if self.stages is not None:
            return self.stages.period_days
        return float(getattr(self.design, "period_days", self.days))

    @property
    def out(self) -> Path:
        """Where tables and the report go."""
        return Path(self.options.out)


def make_observed(settings: Mapping[str, Any]) -> Observed:
    """Validate composed settings.

    Raises
    ------
    ConfigError
        No file; not one design, or one that only a simulation can analyse; dates that are missing or the wrong way round.
    """
    options = load(ObservedOptions, {key: settings[key] for key in ObservedOptions.model_fields})
    keys = source_of(settings)
    names = settings["design"] if isinstance(settings["design"], list) else [settings["design"]]
    if len(names) != 1:
        raise ConfigError(
            f"design = [{','.join(names)}], must be one design with data=: what was randomised, as in design=[client]"
        )
    (name, design), *_ = designs_of(settings).items()
    if design.estimator in ("two_sided", SYNTHETIC_CONTROL) or merges_orders(design):
        raise ConfigError(f"design = [{name}], must be {ANALYSED} with data=: what else a design needs, bookings do not tell")
    missing = [key for key in ("start", "end") if getattr(options, key) is None]
    if missing:
        raise ConfigError(f"{missing[0]} is missing: the first and last day of the experiment, such as start=2024-01-08")
    start, last = day_of(str(options.start), "start"), day_of(str(options.end), "end")
    if last < start:
        raise ConfigError(f"end = {date_of(last)}, must be >= start = {date_of(start)}")
    check_out(Path(options.out), "lab")
    files = (*(keys.file or ()), *_assignments(options, keys.file or ()))
    return Observed(options, name, design, start, last + 1, {**settings, "file": list(files)})


def _assignments(options: ObservedOptions, files: tuple[str, ...]) -> tuple[str, ...]:
    """The file of assignments, to be read as one table with the bookings."""
    if options.assignments is None:
        return ()
    path = Path(options.assignments)
    if not path.is_file():
        raise ConfigError(f"assignments = {options.assignments!r}, must be a file")
    if path.name in {Path(file).name for file in files}:
        raise ConfigError(f"assignments = {options.assignments!r}, must have another name than the file of bookings")
    return (options.assignments,)
