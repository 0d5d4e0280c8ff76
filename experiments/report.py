"""Build the report of a finished job again from its out folder, without simulating: page, short form, scorecard and figures.

The folder alone is enough: neither the store nor the configuration is read. With another language the same report comes in that
one.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from experiments.cli.interrupt import as_program
from experiments.cli.program import program
from experiments.plans.suggest import did_you_mean
from sim.config import ConfigError

KEYS = ("out", "lang")
USAGE = """\
overrides (key=value):
  out=DIR       the out folder of a finished compare, replay, study, select, realism or calibrate
  lang=fr       language of the report: en, fr or de; without it, the one that it was first written in
"""


def _options(overrides: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for override in overrides:
        key, sign, value = override.partition("=")
        key = key.removeprefix("report.")
        if key not in KEYS or not sign:
            raise ConfigError(f"{override}, unknown key{did_you_mean(key, KEYS)}; must be out=DIR or lang=fr")
        options[key] = value
    if not options.get("out"):
        raise ConfigError("out is missing: out=DIR, the out folder of a finished job")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog=program("report"),
        description=__doc__,
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="see below")
    given = parser.parse_args(arguments).overrides

    from experiments.cli.exits import exit_code

    def body() -> int:
        from experiments.outputs.documents import FIGURES
        from experiments.outputs.rebuild import rebuild

        options = _options(given)
        out = Path(options["out"])
        page = rebuild(out, options.get("lang"))
        print(f"Report:  {page}")
        print(f"Figures: {out / FIGURES}")
        return 0

    return exit_code(body)


if __name__ == "__main__":
    as_program(main)
