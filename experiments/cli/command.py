"""What all commands share: arguments, errors in one message, exit codes."""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.cli.help import help_text
from experiments.cli.program import program
from experiments.plans.settings import Settings


def run_command(job: str, description: str, body: Callable[[Settings, str], int], arguments: Sequence[str] | None = None) -> int:
    """Parse arguments, compose the settings and run ``body(settings, command)``; returns the exit code.

    Bad input is one message on standard error and exit code 2; failed runs 1; interrupted 130.

    Parameters
    ----------
    body
        What the command does. It imports what it needs itself, so that ``--help`` and a misspelt key need not wait for numba.
    """
    parser = argparse.ArgumentParser(
        prog=program(job),
        description=description,
        epilog=help_text(job),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the configuration, see below")
    parser.add_argument(
        "--config-dir", action="append", default=[], type=Path, metavar="DIR", help="further folder of configurations"
    )
    parser.add_argument("--show-config", action="store_true", help="print the whole configuration as yaml and stop")
    options = parser.parse_intermixed_args(arguments)
    # a terminal without the sign for plus-minus shows a question mark instead of failing
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    from experiments.cli.exits import exit_code
    from experiments.plans.command_line import command_line
    from experiments.plans.compose import as_yaml, compose_settings

    def compose_and_run() -> int:
        settings = compose_settings(job, options.overrides, options.config_dir)
        if options.show_config:
            print(as_yaml(settings), end="")
            return 0
        return body(settings, command_line(job, options.overrides, options.config_dir))

    return exit_code(compose_and_run)
