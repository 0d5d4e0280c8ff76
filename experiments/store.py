"""List, verify and prune a store of results, or gather its metrics in one table."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from experiments.cli.interrupt import as_program
from experiments.cli.program import program
from sim.config import ConfigError

EXAMPLES = """\
examples:
  python -m experiments.store list results              one line a run, and how many there are of each kind
  python -m experiments.store list results --arm rating --market personal_care --sort seconds
                                                        only those of an arm and a market, the longest last
  python -m experiments.store verify results            read everything against its checksums; exit code 1 if anything is damaged
  python -m experiments.store prune results             say what could go: damaged, left over by a killed process, other versions
  python -m experiments.store prune results --yes       delete it
  python -m experiments.store export results runs.parquet    one row a run, one column a metric: pandas.read_parquet("runs.parquet")

versions:
  current  a run of this source, these versions of numpy, scipy, numba and simpy: it will be used
  other    of another version of the model, or a policy that has been edited since: kept, never used
  unknown  of a package that SIM_PLUGINS does not list now: kept
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    from experiments.cli.exits import exit_code
    from experiments.execution.inventory import COLUMNS, export_store, list_store, prune_store, verify_store

    parser = argparse.ArgumentParser(
        prog=program("store"),
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="list | verify | prune | export")
    helps = {
        "list": "arm, market, seed, replication, seconds and version of each run",
        "verify": "check every file against its checksum",
        "prune": "delete what is damaged, left over or of other versions",
        "export": "write the metrics of all runs to one Parquet file",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.add_argument("store", type=Path, metavar="DIR", help="the store, such as results")
        if name == "list":
            command.add_argument("--arm", metavar="NAME", help="only runs of this arm")
            command.add_argument("--market", metavar="NAME", help="only runs in this market")
            columns = ("version", *COLUMNS, "folder")
            command.add_argument("--sort", choices=columns, default="folder", metavar="COLUMN", help=f"one of {', '.join(columns)}")
        if name == "prune":
            command.add_argument("--yes", action="store_true", help="delete; without it, only say what would go")
        if name == "export":
            command.add_argument("out", type=Path, metavar="FILE", help="the Parquet file to write")
    options = parser.parse_args(arguments)

    def body() -> int:
        if not options.store.is_dir():
            raise ConfigError(f"{options.store}, must be a folder of results")
        if options.command == "list":
            return list_store(options.store, options.arm, options.market, options.sort)
        if options.command == "verify":
            return verify_store(options.store)
        if options.command == "prune":
            return prune_store(options.store, options.yes)
        return export_store(options.store, options.out)

    return exit_code(body)


if __name__ == "__main__":
    as_program(main)
