"""The command line of benchmarks that keep or break promises."""

import argparse
from collections.abc import Callable, Mapping

Check = Callable[[int, int], bool]
"""From the number of trials and the seed: prints what was found, and says whether the promise is kept."""


def run_checks(doc: str | None, checks: Mapping[str, Check], trials: int, what: str) -> int:
    """Parse the command line and run the checks that it asks for; 1 where a promise was not kept.

    Parameters
    ----------
    doc
        Of the benchmark, for ``--help``.
    trials
        By default.
    what
        A trial is, for ``--help``.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(checks), help="one check; otherwise all of them")
    parser.add_argument("--trials", type=int, default=trials, help=what)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    passed = [check(given.trials, given.seed) for name, check in checks.items() if given.only in (None, name)]
    return 0 if all(passed) else 1
