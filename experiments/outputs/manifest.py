"""How a result came about: ``manifest.json`` of an out folder, written last, so that it vouches for all other files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from experiments.execution.keys import RESULT_DIGEST, versions
from experiments.execution.run_set import RunSet
from experiments.plans.plan import Plan, RunOptions

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a job says about its result, beside the versions of libraries and the digest of the source."""

    command: str
    """What to type to get the same."""
    seed: int
    replications: int | Mapping[str, int]
    """Of each arm, or by arm where they differ."""
    engine: str | None = None
    store: Path | None = None
    """None: no run was stored."""
    runs: Mapping[str, str] | None = None
    """By ``arm/replication``: its key in the store; None where the design says which runs they are."""
    simulated_now: int | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    """What is special to the job."""

    @classmethod
    def of(
        cls,
        plan: Plan[RunOptions],
        command: str,
        replications: int | Mapping[str, int],
        runs: RunSet,
        more: Mapping[str, object] | None = None,
    ) -> "Manifest":
        """That of a job whose runs are those of arms over replications."""
        keys = {f"{arm}/{replication}": key for (arm, replication), key in runs.keys.items()}
        options = plan.options
        return cls(command, options.seed, replications, options.engine, plan.store, keys, runs.simulated, more or {})

    def as_json(self) -> str:
        """The file."""
        known = {
            "engine": self.engine,
            "store": str(self.store.absolute()) if self.store else None,
            "runs": dict(self.runs) if self.runs is not None else None,
            "simulated_now": self.simulated_now,
        }
        replications = self.replications if isinstance(self.replications, int) else dict(self.replications)
        about = {"command": self.command, "seed": self.seed, "replications": replications}
        about |= {name: value for name, value in known.items() if value is not None}
        return json.dumps({**about, **self.more, "versions": versions(), "source_digest": RESULT_DIGEST}, indent=1)
