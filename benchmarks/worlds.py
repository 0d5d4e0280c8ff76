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
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.stats import qmc

from benchmarks.sbc import check_sbc
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, Plan, make_plan
from experiments.uncertain.runs import run_worlds
from sim.arrays import Floats
from sim.report.published import TARGETS
from sim.report.rule import YEARLY
from sim.worlds.emulator import fit_emulator
from sim.worlds.information import evsi
from sim.worlds.matching import Conflict, along, match, resampled
from sim.worlds.measurements import Share
from sim.worlds.prior import Prior, at

CONTROL, STUDIED = "uniform", "wecasa_2025"
PRIMARY, LIMIT = "net_contribution_per_client_24m_eur", 0.5
N_TRAINED, N_HIDDEN, N_CANDIDATES, N_PLAUSIBLE = 512, 300, 8_192, 256
REPLICATIONS = 4
"""Of both arms in each hidden world, from which its true effect is known up to luck."""
SEEN = (*(target.metric for target in TARGETS), "fill_rate", "mean_rating", "late_share", "repeat_majority_share")
"""Figures of one run that a file of bookings has."""


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


@dataclass(frozen=True)
class Hidden:
    """Emulated and hidden worlds."""

    prior: Prior
    candidates: Floats
    """(m, d) coded points of the prior."""
    figures: tuple[Floats, Floats, Floats]
    """Means and variances (m, n_figures) of the figures at candidates, and the luck of a run (n_figures,)."""
    effects: tuple[Floats, Floats]
    """Means and variances (m,) of the effect."""
    yearly: Floats
    """(m,) in EUR a year."""
    seen: Floats
    """(n_hidden, n_figures) of one run of each hidden world."""
    coded: Floats
    """(n_hidden, d) the truth."""
    true: Floats
    true_yearly: Floats
    """(n_hidden,) the effect of each, mean over replications."""
    luck: float
    """Variance of that."""
    worlds: tuple[tuple[float | str, ...], ...]
    """(m,) candidates by value."""


def plan_of(store: str = "results") -> Plan[CompareOptions]:
    """The default comparison of both arms."""
    overrides = [f"arm=[{CONTROL},{STUDIED}]", f"control={CONTROL}", f"store={store}"]
    return make_plan(compose_settings("compare", overrides), CompareOptions)


@cache
def hidden() -> Hidden:
    """Simulate, once."""
    plan = plan_of()
    prior = plan.prior
    if prior is None:
        raise ValueError("configs/worlds/personal_care.yaml is missing")
    trained = prior.values(prior.points(N_TRAINED, 11))
    secret = prior.values(prior.points(N_HIDDEN, 12))
    with Runner(Path(plan.store)) as runner:
        first = run_worlds(plan, runner, [prior.market(one) for one in trained], [CONTROL, STUDIED], 1, "Trained")
        second = run_worlds(
            plan, runner, [prior.market(one) for one in secret], [CONTROL, STUDIED], REPLICATIONS, "Hidden", 10 * N_TRAINED
        )
    worlds = prior.values(prior.points(N_CANDIDATES, 13))
    candidates, x = prior.coded(worlds), prior.coded(trained)
    emulators = [fit_emulator(x, first.values[STUDIED][name][:, 0]) for name in SEEN]
    predicted = [one.predict(candidates) for one in emulators]
    by_world = second.differences(STUDIED, CONTROL, PRIMARY)
    luck = float(np.nanmean(by_world.var(axis=1, ddof=1)))
    effect = fit_emulator(x, first.differences(STUDIED, CONTROL, PRIMARY)[:, 0], luck)
    yearly_luck = float(np.nanmean(second.differences(STUDIED, CONTROL, YEARLY).var(axis=1, ddof=1)))
    yearly = fit_emulator(x, first.differences(STUDIED, CONTROL, YEARLY)[:, 0], yearly_luck)
    return Hidden(
        prior,
        candidates,
        (
            np.column_stack([mean for mean, _ in predicted]),
            np.column_stack([variance for _, variance in predicted]),
            np.array([one.noise for one in emulators]),
        ),
        effect.predict(candidates),
        yearly.mean(candidates),
        np.column_stack([second.values[STUDIED][name][:, 0] for name in SEEN]),
        prior.coded(secret),
        by_world.mean(axis=1),
        second.differences(STUDIED, CONTROL, YEARLY).mean(axis=1),
        luck / REPLICATIONS,
        tuple(worlds),
    )


def plausible(found: Hidden, i: int) -> np.ndarray:
    """Candidates drawn in proportion to how well they fit the figures of a hidden world."""
    means, variances, luck = found.figures
    total = variances + luck
    known = np.isfinite(found.seen[i])
    fit = -0.5 * (((found.seen[i] - means) ** 2 / total) + np.log(total))[:, known].sum(axis=1)
    return resampled(np.exp(fit - fit.max()), along(found.candidates), N_PLAUSIBLE)


def check_hidden() -> list[str]:
    """Coverage of predictive intervals, reliability of the probability that rolling out is worth it, and ranks of true numbers."""
    found = hidden()
    means, variances = found.effects
    held, told, came, ranks = [], [], [], []
    generator = np.random.default_rng(5)
    for i in range(N_HIDDEN):
        chosen = plausible(found, i)
        # as the true effect is known: up to luck
        drawn = means[chosen] + generator.normal(0, np.sqrt(variances[chosen] + found.luck))
        low, high = np.quantile(drawn, [0.025, 0.975])
        held.append(low <= found.true[i] <= high)
        told.append(float((drawn > LIMIT).mean()))
        came.append(found.true[i] > LIMIT)
        ranks.append((found.candidates[chosen] < found.coded[i]).mean(axis=0))
    covered = stats.binomtest(int(np.sum(held)), N_HIDDEN)
    slope = stats.linregress(told, np.array(came, float)).slope
    lines = [
        f"hidden: predictive interval of the effect holds the true one in {np.mean(held):.1%} of {N_HIDDEN} worlds"
        f" [{covered.proportion_ci().low:.1%}, {covered.proportion_ci().high:.1%}] (93-97 % asked)",
        f"hidden: reliability slope of the probability that it is worth it: {slope:.2f} (.9-1.1 asked);"
        f" told {np.mean(told):.1%}, came {np.mean(came):.1%}",
    ]
    narrowed = [found.candidates[plausible(found, i)].std(axis=0) for i in range(0, N_HIDDEN, 10)]
    spread = np.mean(narrowed, axis=0) / 12**-0.5
    for j, number in enumerate(found.prior.numbers):
        if number.distribution is not None and spread[j] < 0.9:
            counts = np.histogram([rank[j] for rank in ranks], np.linspace(0, 1, 11))[0]
            p = stats.chisquare(counts).pvalue
            lines.append(f"hidden: {number.name}: spread left {spread[j]:.2f}, ranks uniform with p = {p:.2f}")
    return lines


def check_regret(n: int = 200) -> list[str]:
    """Whether the measurement that is worth most lowers regret more than one at random: rolling out against keeping the control."""
    found, generator = hidden(), np.random.default_rng(6)
    plain = [found.prior.market(world).model_dump(mode="json") for world in found.worlds]
    keys = {name: one for name, one in found.prior.measurements.items() if "share" in one}
    kinds = {name: one for name, one in keys.items() if "." in str(one["share"])}
    truths = {name: np.array([_share(market, str(one["share"])) for market in plain]) for name, one in kinds.items()}
    won = ties = 0
    for i in range(n):
        chosen = plausible(found, i)
        payoffs = np.column_stack([np.zeros(len(chosen)), found.yearly[chosen]])
        weights = np.full(len(chosen), 1 / len(chosen))
        worth = {name: _worth(payoffs, weights, truths[name][chosen], int(one["n"])) for name, one in kinds.items()}
        named, other = max(worth, key=lambda name: worth[name]), str(generator.choice(sorted(worth)))
        won += worth[named] > worth[other]
        ties += worth[named] == worth[other]
    return [f"regret: the measurement named is worth more than a random one in {won} of {n} hidden worlds, as much in {ties}"]


def _worth(payoffs: Floats, weights: Floats, truth: Floats, n: int) -> float:
    return evsi(payoffs, lambda generator: Share().observe(truth, n, generator), weights, 2).estimate


def _share(market: dict[str, object], key: str) -> float:
    try:
        return float(at(market, key))
    except KeyError:
        return float("nan")


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
