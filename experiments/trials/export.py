"""One simulated experiment of a lab, as tables for an experiment platform."""

from experiments.trials.facts import platform_tables
from experiments.trials.plan import Lab, arms_of
from experiments.trials.platforms import files
from sim.engine.run import simulate
from sim.report.lab import LabRecord

FOLDER = "export"


def exported_design(lab: Lab, record: LabRecord) -> str | None:
    """The recommended design where it assigns clients, as platforms do, else the first that does; None: none does."""
    names = [name for name, design in lab.designs.items() if design.unit == "client" and _assigns_once(lab, name)]
    best = record.recommended
    return best.design if best is not None and best.design in names else next(iter(names), None)


def _assigns_once(lab: Lab, name: str) -> bool:
    """Whether a client stays in one group, and pros have none."""
    groups = lab.trials[name].split(lab.plan.market, 2, 0).groups
    return groups.shares.shape[1] == 1 and bool(groups.pros.all())


def export_tables(lab: Lab, record: LabRecord) -> dict[str, str]:
    """The files of the first experiment of that design, by path within the out folder; none where no design assigns clients."""
    name = exported_design(lab, record)
    if name is None:
        return {}
    job = lab.jobs()[name, 0]
    log = simulate(job.market, job.arm, job.seed, job.replication, job.engine, trial=job.trial)
    control, treated = arms_of(lab.plan)
    split = lab.trials[name].split(lab.plan.market, int(log.bookings["client"].max(initial=-1)) + 1, job.replication)
    tables = platform_tables(log, split, f"{treated}_{name}", (control, treated))
    return {f"{FOLDER}/{file}": content for file, content in files(tables).items()}
