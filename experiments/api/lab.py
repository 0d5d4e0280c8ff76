"""The experiment lab from Python: which experiment would tell, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from experiments.api.results import table_of
from experiments.api.settings import Arms, Overrides, ask
from experiments.execution.keys import refuse_edited
from experiments.execution.progress import progress
from experiments.execution.runner import Runner
from experiments.outputs.folder import check_writable
from experiments.trials.learning import VALUE, value_rows
from experiments.trials.plan import make_lab
from experiments.trials.record import experimented
from experiments.trials.results import DESIGNS, design_rows
from sim.config import ConfigError
from sim.report.lab import LabRecord, sentences


@dataclass(frozen=True)
class Experimented:
    """What experiments of several designs would have said about an effect in a simulated market."""

    record: LabRecord
    """All that was found, as the page of ``python -m experiments.lab`` shows it."""

    @property
    def recommended(self) -> str | None:
        """The design to run; None: all of them mislead, or never find the effect."""
        best = self.record.recommended
        return best.name if best else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, the most important first."""
        return tuple(sentences(self.record))

    @cached_property
    def designs(self) -> pa.Table:
        """One row a design and estimator: truth, bias with interval, spread, coverage, power, weeks needed, as ``designs.csv``."""
        return table_of(DESIGNS, design_rows(self.record))

    @cached_property
    def value(self) -> pa.Table:
        """One row a design: what an experiment brings and costs in EUR, as ``value.csv``; empty without plausible worlds."""
        found = self.record.learning
        return table_of(VALUE, value_rows(found) if found else [])

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


def lab(
    arms: Arms = ("uniform", "wecasa_2025"),
    market: str = "personal_care",
    *,
    designs: Sequence[str] | None = None,
    replications: int = 64,
    control: str | None = None,
    seed: int = 1,
    worlds: int = 16,
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
    store: str | Path = "results",
    workers: int = 0,
    quiet: bool = False,
) -> Experimented:
    """Simulate experiments with two arms, and say which design tells the effect.

    Parameters
    ----------
    arms
        Two, as of ``compare``; policies passed as objects cannot be tried.
    designs
        Names of ``configs/design``; None: those of the command line.
    replications
        Experiments of each design, >= 2.
    control
        What is shown to whoever is not treated; None: ``uniform`` when it is among the arms, else the first.
    worlds
        Plausible worlds from which is told what an experiment is worth: 0, or at least 8.
    overrides
        Further keys of ``configs/lab.yaml``, such as ``{"days": 91}``.

    Raises
    ------
    ConfigError, RunError, KeyboardInterrupt
        As ``compare``.

    Examples
    --------
    >>> small = ["market.horizon_days=330", "market.warmup_days=30", "days=60", "market.zones=4", "executor=serial"]
    >>> small += ["shares=[]", "loads=[]", "bolder=null"]
    >>> found = lab(market="minimal", designs=["client"], replications=2, overrides=small, store=getfixture("tmp_path"), quiet=True)
    >>> found.designs.column("design").to_pylist(), found.value.num_rows
    (['client'], 0)
    """
    names = [arms] if isinstance(arms, str) else list(arms)
    given = {"market": market, "replications": replications, "seed": seed, "store": str(store), "workers": workers}
    given |= {"worlds": worlds, "design": None if designs is None else list(designs)}
    given["control"] = control if control is not None else "uniform" if "uniform" in names else next(iter(names), None)
    asked = ask("lab", arms, overrides, config_dir, **given)
    if asked.own:
        raise ConfigError(f"arms.{next(iter(asked.own))}, must be a name, or changes to one: no experiment is made with an object")
    planned = make_lab(asked.settings)
    check_writable("store", planned.plan.store)
    refuse_edited(planned.plan.arms.values())
    with Runner(planned.plan.store, planned.plan.options.executor, progress=progress(quiet)) as runner:
        _, record = experimented(planned, runner, "")
    return Experimented(record)
