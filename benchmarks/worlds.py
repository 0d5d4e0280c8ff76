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
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from scipy import linalg, stats
from scipy.stats import qmc

from benchmarks.sbc import check_sbc
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, Plan, make_plan
from experiments.uncertain.runs import run_worlds
from sim.arrays import Floats
from sim.report.published import TARGETS
from sim.report.rule import YEARLY
from sim.worlds.emulator import Emulator, fit_emulator
from sim.worlds.information import evsi
from sim.worlds.matching import Conflict, along, match, resampled
from sim.worlds.measurements import Share
from sim.worlds.prior import Prior, Value, at

CONTROL, STUDIED = "uniform", "wecasa_2025"
PRIMARY, LIMIT = "net_contribution_per_client_24m_eur", 0.5
N_TRAINED, N_HIDDEN, N_CANDIDATES, N_PLAUSIBLE = 512, 300, 65_536, 256
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
    figures: tuple[Floats, Floats]
    """Means (m, n_figures) of the figures at candidates, and how far one run of the true world may be off (n_figures, n_figures):
    by luck, which moves figures together, and because worlds are emulated."""
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
    worlds: tuple[tuple[Value, ...], ...]
    """(m,) candidates by value."""
    secret: tuple[tuple[Value, ...], ...]
    """(n_hidden,) hidden worlds by value."""

    @cached_property
    def order(self) -> np.ndarray:
        """Candidates (m,) so that neighbours are alike."""
        return along(self.candidates)


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
    # (n_figures, n_hidden, n_replications); every run of a hidden world tells luck
    seen = np.array([second.values[STUDIED][name] for name in SEEN])
    apart = (seen - seen.mean(axis=2, keepdims=True)).reshape(len(SEEN), -1)
    chance = apart @ apart.T / (N_HIDDEN * (REPLICATIONS - 1))
    emulators = [fit_emulator(x, first.values[STUDIED][name][:, 0]) for name in SEEN]
    predicted = [predict(one, candidates) for one in emulators]
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
            chance + np.diag([variance.mean() for _, variance in predicted]),
        ),
        predict(effect, candidates),
        yearly.mean(candidates),
        seen[:, :, 0].T,
        prior.coded(secret),
        by_world.mean(axis=1),
        second.differences(STUDIED, CONTROL, YEARLY).mean(axis=1),
        luck / REPLICATIONS,
        tuple(worlds),
        tuple(secret),
    )


def predict(emulator: Emulator, points: Floats) -> tuple[Floats, Floats]:
    """Means and variances at many points, some at a time."""
    parts = [emulator.predict(part) for part in np.array_split(points, max(1, len(points) // 8_192))]
    return np.concatenate([mean for mean, _ in parts]), np.concatenate([variance for _, variance in parts])


def likelihoods(found: Hidden, i: int) -> Floats:
    """Of the figures of a hidden world at each candidate (m,), up to a factor."""
    means, covariance = found.figures
    away = linalg.solve_triangular(linalg.cholesky(covariance, lower=True), (found.seen[i] - means).T, lower=True)
    fit = -0.5 * (away**2).sum(axis=0)
    return np.asarray(np.exp(fit - fit.max()), float)


def plausible(found: Hidden, i: int) -> np.ndarray:
    """Candidates drawn in proportion to how well they fit the figures of a hidden world."""
    return resampled(likelihoods(found, i), found.order, N_PLAUSIBLE)


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
    weights = [likelihoods(found, i) for i in range(N_HIDDEN)]
    sizes = [float(one.sum() ** 2 / (one**2).sum()) for one in weights]
    lines = [
        f"hidden: of {N_CANDIDATES} candidates {np.median(sizes):.0f} count in the median world, {min(sizes):.0f} in the worst",
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


def check_regret(n: int = 200, n_outcomes: int = 100) -> list[str]:
    """Whether the measurement that is worth most lowers regret more than one at random: rolling out against keeping the control.

    Regret is that in the hidden world, of what is decided once the measurement is made there, averaged over its outcomes.
    """
    found, generator = hidden(), np.random.default_rng(6)
    kinds = {name: one for name, one in found.prior.measurements.items() if "." in str(one.get("share", ""))}
    keys = {name: str(one["share"]) for name, one in kinds.items()}
    measured = {name: _shares(found.prior, found.worlds, key) for name, key in keys.items()}
    true = {name: _shares(found.prior, found.secret, key) for name, key in keys.items()}
    before, named, random, worths = [], [], [], []
    for i in range(n):
        chosen = plausible(found, i)
        yearly = found.yearly[chosen]
        payoffs, weights = np.column_stack([np.zeros(len(chosen)), yearly]), np.full(len(chosen), 1 / len(chosen))
        worth = {name: _worth(payoffs, weights, measured[name][chosen], int(kinds[name]["n"])) for name in kinds}
        lost = {}
        for name, one in kinds.items():
            outcomes = generator.binomial(int(one["n"]), true[name][i], n_outcomes)
            fits = stats.binom.logpmf(outcomes[:, None], int(one["n"]), np.clip(measured[name][chosen], 1e-6, 1 - 1e-6))
            again = np.exp(fits - fits.max(axis=1, keepdims=True))
            rolls_out = again @ yearly > 0
            lost[name] = _lost(found.true_yearly[i], float(rolls_out.mean()))
        best, other = max(worth, key=lambda name: worth[name]), str(generator.choice(sorted(worth)))
        worths.append(worth[best])
        before.append(_lost(found.true_yearly[i], float(yearly.mean() > 0)))
        named.append(lost[best])
        random.append(lost[other])
    better = np.array(random) - np.array(named)
    lines = [_lowered("all hidden worlds", np.array(before), np.array(named), np.array(random))]
    some = np.array(worths) > np.quantile(worths, 0.75)
    lines.append(
        _lowered("the quarter in which it is worth most", np.array(before)[some], np.array(named)[some], np.array(random)[some])
    )
    apart = np.abs(better) > 1
    lines.append(
        f"regret: where both differ by more than 1 EUR, the one named leaves less in {(better > 0)[apart].sum()} of {apart.sum()}"
    )
    return lines


def _lost(true: float, rolls_out: float) -> float:
    """Regret in EUR a year of rolling out with a probability, where that truly brings so much."""
    return max(true, 0.0) - rolls_out * true


def _lowered(where: str, before: Floats, named: Floats, random: Floats) -> str:
    better = random - named
    half = 1.96 * better.std(ddof=1) / np.sqrt(len(better))
    return (
        f"regret: in {where} ({len(better)}): {before.mean():.0f} EUR a year without measuring,"
        f" {named.mean():.0f} with the one named, {random.mean():.0f} with one at random; named lower by {better.mean():.0f}"
        f" [{better.mean() - half:.0f}, {better.mean() + half:.0f}]; not higher in {(better >= -1).mean():.0%}"
    )


def _worth(payoffs: Floats, weights: Floats, truth: Floats, n: int) -> float:
    return evsi(payoffs, lambda generator: Share().observe(truth, n, generator), weights, 2).estimate


def _shares(prior: Prior, worlds: Sequence[tuple[Value, ...]], key: str) -> Floats:
    """A share of the market (n,) in each world."""
    place = next(i for i, number in enumerate(prior.numbers) if key in number.touched)
    # switches have few levels, so that few markets are made; a number is its own share
    levels = {world[place]: world for world in worlds} if prior.names[place] != key else {}
    shares = {level: float(at(prior.market(world).model_dump(mode="json"), key)) for level, world in levels.items()}
    return np.array([shares.get(world[place], world[place]) for world in worlds], float)


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
