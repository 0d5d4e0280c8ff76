"""Do experiments hold their level? Experiments of two arms that are the same, each design, and of one with room for everybody.

  python -m benchmarks.lab              # 1,024 experiments of each design, about 3 minutes on 2 cores; runs are kept in results/
  python -m benchmarks.lab --splits 4   # a quarter of them

An experiment of two equal arms has the log of the market without one, to the byte, so that many splits are laid over each run.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.trials.estimating import estimates, newcomers_of
from experiments.trials.judging import judge, simulate_lab
from experiments.trials.plan import ALL_CONTROL, Lab, make_lab
from sim.metrics.newcomers import LOAD

ALIKE = ("designs.before_after.stage_days=91", "replications=64")
AMPLE = (
    *("design=[client]", "arm=[uniform,oracle_proportional]", "arms.oracle_proportional.allocator.strength=4", "replications=64"),
    *(
        "market.clients.arrivals_per_day=4",
        "market.pros.n=400",
        "market.pros.share_at_start=1",
        "market.pros.leaving.enabled=false",
    ),
    *("market.pros.open_all_hours=true", "market.pros.zones_per_pro=10"),
)
"""As good as no competition for pros, and visibility that no session moves."""


def lab_of(*overrides: str) -> Lab:
    """The default lab, changed; its designs and both worlds alone."""
    return replace(make_lab(compose_settings("lab", list(overrides))), beside={})


def check_alike(n_splits: int) -> list[str]:
    """How often intervals hold an effect of 0, by design and estimator."""
    lab = lab_of(*ALIKE)
    only = replace(lab, trials={ALL_CONTROL: lab.trials[ALL_CONTROL]})
    with Runner(Path(lab.plan.store)) as runner:
        runs = simulate_lab(only, runner)[ALL_CONTROL]
    lines = []
    for name in lab.designs:
        held: dict[str, list[bool]] = {}
        for r, run in enumerate(runs):
            who = newcomers_of(run, lab.plan.options.outcome)
            for seed in range(n_splits):
                trial = replace(lab.trials[name], seed_of_split=seed)
                split = trial.split(lab.plan.market, 1 + int(who.client.max()), r)
                for estimator, one in estimates(trial.design, split, who, float(run[LOAD][0])).items():
                    held.setdefault(estimator, []).append(not one.excludes(0.0))
        for estimator, each in held.items():
            low, high = stats.binomtest(sum(each), len(each)).proportion_ci(method="wilson")
            lines.append(
                f"alike: {name}, {estimator}: intervals of {len(each)} experiments hold 0 in {np.mean(each):.1%}"
                f" [{low:.1%}, {high:.1%}] (93-97 % asked)"
            )
    return lines


def check_ample() -> list[str]:
    """Whether the groups of a test of clients do nothing to one another where nobody lacks a pro."""
    lab = lab_of(*AMPLE)
    with Runner(Path(lab.plan.store)) as runner:
        runs = simulate_lab(lab, runner)
    (one,) = judge(lab, runs)
    found = one.found
    return [
        f"ample: client: bias {100 * found.bias.estimate:+.3f} points, standard error {100 * found.bias_error:.3f}"
        f" (0 within 2 asked), of an effect of {100 * found.truth.estimate:+.2f}"
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, and print a line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--splits", type=int, default=16, help="of each of 64 runs (default: 16)")
    n_splits = parser.parse_args(arguments).splits
    for line in (*check_ample(), *check_alike(n_splits)):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
