"""Which markets are plausible? From what is uncertain to worlds that look real, by history matching in waves.

Simulates worlds of the prior in configs/worlds/<market>.yaml, rules out those whose figures no real market has, and writes the same
yaml with what is left as a joint sample, which compare, replay and study then take their worlds from.

  python -m experiments.worlds market=personal_care
  python -m experiments.compare --config-dir out/worlds worlds=64
"""

from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.uncertain.written import run_worlds_job

    return run_worlds_job(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("worlds", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)
