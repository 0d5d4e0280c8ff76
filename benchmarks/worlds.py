"""Do statements about plausible markets hold? Hidden worlds, planted regions, closed forms.

  python -m benchmarks.worlds                     # everything, about 10 minutes on 2 cores; runs are kept in results/
  python -m benchmarks.worlds --only matching hidden regret

``hidden``: worlds are drawn from the prior and each is seen only through figures that a file of its bookings has. From worlds that
agree with those, what the policy brings in the hidden one is predicted, and compared with what it brings. ``sbc``: each is seen
only through its file of bookings, from which ``calibrate`` draws what it leaves open (``benchmarks/sbc.py``).
"""

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import qmc

from benchmarks.hidden_worlds import check_hidden, check_regret
from benchmarks.sbc import check_sbc
from sim.arrays import Floats
from sim.worlds.matching import Conflict, match


def check_matching(n_trials: int = 100) -> list[str]:
    """A truth among the candidates, with outputs known to within a band: it must be kept, and most of the rest must not."""
    slopes = np.zeros((4, 8))
    slopes[[0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 4, 3, 5, 0, 6]] = [2, 1, 1.5, -1, 1, 0.5, 1, 1]

    def plain(u: Floats) -> Floats:
        found = u @ slopes.T
        found[:, 0] += np.sin(3 * u[:, 2])
        found[:, 2] += u[:, 0] * u[:, 3]
        return found

    def rough(u: Floats) -> Floats:
        """Waves, which from few runs look like luck."""
        x = np.pi * (2 * u - 1)
        first, second = np.sin(x[:, 0]) + 3 * np.sin(x[:, 1]) ** 2 + u[:, 2], 2 * np.sin(x[:, 2]) + u[:, 3]
        return np.column_stack([first, second, 3 * np.cos(x[:, 4]) * u[:, 0] + u[:, 5], u[:, 6] + 2 * u[:, 7] * u[:, 3]])

    width, lines = np.array([0.5, 0.4, 0.4, 0.4]), []
    shapes: dict[str, tuple[Callable[[Floats], Floats], int, int]] = {"plain": (plain, 60, 2), "rough": (rough, 80, 3)}
    for name, (outputs, n_wave, n_waves) in shapes.items():
        kept, conflicts, survived = 0, 0, []
        for seed in range(n_trials):
            generator = np.random.default_rng(seed)
            truth = generator.uniform(size=(1, 8))
            points = np.vstack([qmc.Sobol(8, rng=generator).random(2048), truth])
            middle = outputs(truth)[0] + generator.uniform(-width / 2, width / 2)
            bands = np.column_stack([middle - width / 2, middle + width / 2])

            def simulate(
                chosen: np.ndarray,
                outputs: Callable[[Floats], Floats] = outputs,
                points: Floats = points,
                generator: np.random.Generator = generator,
            ) -> Floats:
                return outputs(points[chosen]) + generator.normal(0, 0.1, (len(chosen), 4))

            found = match(simulate, bands, points, n_wave, n_waves, seed)
            if isinstance(found, Conflict):
                conflicts += 1
            else:
                kept += len(points) - 1 in found.kept
                survived.append(found.survived[-1])
        lines.append(
            f"matching: {name} outputs, {n_waves} x {n_wave} runs: truth kept in {kept} of {n_trials} trials"
            f" ({conflicts} conflicts), {np.mean(survived) if survived else 0:.1%} of candidates left on average"
        )
    return lines


CHECKS: dict[str, Callable[[], list[str]]] = {
    "matching": check_matching,
    "hidden": check_hidden,
    "regret": check_regret,
    "sbc": check_sbc,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, and print a line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", nargs="+", choices=sorted(CHECKS), default=list(CHECKS))
    for name in parser.parse_args(arguments).only:
        for line in CHECKS[name]():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
