"""Hidden worlds, each seen only through figures that a file of its bookings has: does it turn out as predicted?

python -m benchmarks.worlds --only hidden regret

Worlds that agree with those figures are drawn by a Markov chain over the prior, in which emulators stand for the simulator: with a
dozen figures that a run tells well, none of thousands of worlds drawn from the prior would agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import linalg, special, stats

from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, Plan, make_plan
from experiments.uncertain.runs import run_worlds
from sim.arrays import Floats
from sim.report.published import TARGETS
from sim.report.rule import YEARLY
from sim.worlds.emulator import Emulator, fit_emulator
from sim.worlds.information import value_of
from sim.worlds.measurements import Share
from sim.worlds.prior import Prior, Value, at

CONTROL, STUDIED = "uniform", "wecasa_2025"
PRIMARY, LIMIT = "net_contribution_per_client_24m_eur", 0.5
N_TRAINED, N_HIDDEN = 512, 300
REPLICATIONS = 4
"""Of both arms in each hidden world, from which its true effect is known up to luck."""
SEEN = (*(target.metric for target in TARGETS), "fill_rate", "mean_rating", "late_share", "repeat_majority_share")
"""Figures of one run that a file of bookings has."""
N_CHAINS, N_STEPS, N_BURNT, KEPT_EVERY = 8, 1_500, 500, 25
WANTED = 0.25
"""Share of the steps of a chain that should be taken."""


@dataclass(frozen=True)
class Hidden:
    """Hidden worlds, and what is plausible of each."""

    prior: Prior
    coded: Floats
    """(n_hidden, n_numbers) the truth."""
    secret: tuple[tuple[Value, ...], ...]
    """(n_hidden,) by value."""
    true: Floats
    true_yearly: Floats
    """(n_hidden,) the effect of each, mean over replications, and in EUR a year."""
    luck: float
    """Variance of the true effects as they are known."""
    normal: Floats
    """(n_hidden, n_drawn, n_numbers) independent coordinates of plausible worlds, standard normal in the prior."""
    effects: tuple[Floats, Floats]
    """Means and variances (n_hidden, n_drawn) of the effect there."""
    yearly: Floats
    """(n_hidden, n_drawn) in EUR a year."""
    taken: float
    """Share of the steps of the chains that were taken."""

    @property
    def plausible(self) -> Floats:
        """Those worlds as points of the cube, correlated as the prior has them."""
        return np.asarray(special.ndtr(self.normal @ self.prior.copula.T), float)


def plan_of(store: str = "results") -> Plan[CompareOptions]:
    """The default comparison of both arms."""
    overrides = [f"arm=[{CONTROL},{STUDIED}]", f"control={CONTROL}", f"store={store}"]
    return make_plan(compose_settings("compare", overrides), CompareOptions)


def on_cube(prior: Prior, z: Floats) -> Floats:
    """Independent coordinates (n, d) as emulators know their worlds: points of the cube, a level in the middle of its cell."""
    found = np.asarray(special.ndtr(z @ prior.copula.T), float)
    for j, number in enumerate(prior.numbers):
        if number.distribution is None:
            edges = number.edges
            found[:, j] = ((edges[1:] + edges[:-1]) / 2)[np.searchsorted(edges[1:-1], found[:, j], side="right")]
    return found


@cache
def hidden() -> Hidden:
    """Simulate, emulate and sample, once."""
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
    x = prior.coded(trained)
    # (n_figures, n_hidden, n_replications): one run is seen, and all of a world tell luck
    runs = np.array([second.values[STUDIED][name] for name in SEEN])
    apart = (runs - runs.mean(axis=2, keepdims=True)).reshape(len(SEEN), -1)
    chance = apart @ apart.T / (N_HIDDEN * (REPLICATIONS - 1))
    emulators = [fit_emulator(x, first.values[STUDIED][name][:, 0], chance[i, i]) for i, name in enumerate(SEEN)]
    at_hidden = [one.predict(prior.coded(secret))[1].mean() for one in emulators]
    drawn, taken = sampled(prior, emulators, runs[:, :, 0].T, chance + np.diag(at_hidden))
    by_world = second.differences(STUDIED, CONTROL, PRIMARY)
    by_year = second.differences(STUDIED, CONTROL, YEARLY)
    luck, yearly_luck = (float(np.nanmean(one.var(axis=1, ddof=1))) for one in (by_world, by_year))
    effect = fit_emulator(x, first.differences(STUDIED, CONTROL, PRIMARY)[:, 0], luck)
    yearly = fit_emulator(x, first.differences(STUDIED, CONTROL, YEARLY)[:, 0], yearly_luck)
    shape, points = drawn.shape[:2], on_cube(prior, drawn.reshape(-1, drawn.shape[2]))
    means, variances = effect.predict(points)
    return Hidden(
        prior,
        prior.coded(secret),
        tuple(secret),
        by_world.mean(axis=1),
        by_year.mean(axis=1),
        luck / REPLICATIONS,
        drawn,
        (means.reshape(shape), variances.reshape(shape)),
        yearly.mean(points).reshape(shape),
        taken,
    )


def sampled(prior: Prior, emulators: Sequence[Emulator], seen: Floats, covariance: Floats) -> tuple[Floats, float]:
    """Independent coordinates (n_hidden, n_drawn, d), as plausible as the figures seen (n_hidden, n_figures) leave them.

    References
    ----------
    Cotter, Roberts, Stuart & White (2013), MCMC methods for functions, Statistical Science 28(3): steps that leave the prior alone.
    """
    generator, d = np.random.default_rng(5), len(prior.numbers)
    factor = linalg.cholesky(covariance, lower=True)
    z = generator.standard_normal((N_HIDDEN, N_CHAINS, d))
    steps = np.full(N_HIDDEN, 0.3)

    def fit(z: Floats) -> Floats:
        at_points = on_cube(prior, z.reshape(-1, d))
        found = np.column_stack([one.mean(at_points) for one in emulators]).reshape(N_HIDDEN, N_CHAINS, -1)
        away = linalg.solve_triangular(factor, (seen[:, None] - found).reshape(-1, len(covariance)).T, lower=True)
        return np.asarray(-0.5 * (away**2).sum(axis=0).reshape(N_HIDDEN, N_CHAINS), float)

    now, kept, taken = fit(z), [], []
    for step in range(N_STEPS):
        width = steps[:, None, None]
        proposed = np.sqrt(1 - width**2) * z + width * generator.standard_normal(z.shape)
        there = fit(proposed)
        accepted = np.log(generator.random(now.shape)) < there - now
        z = np.where(accepted[..., None], proposed, z)
        now = np.where(accepted, there, now)
        if step < N_BURNT:
            steps = np.clip(steps * np.exp((accepted.mean(axis=1) - WANTED) / 10), 0.005, 0.99)
            continue
        taken.append(accepted.mean())
        if step % KEPT_EVERY == 0:
            kept.append(z)
    return np.concatenate(kept, axis=1), float(np.mean(taken))


def check_hidden() -> list[str]:
    """Coverage of predictive intervals, reliability of the probability that rolling out is worth it, and ranks of true numbers."""
    found = hidden()
    means, variances = found.effects
    # as the true effect is known: up to luck
    drawn = means + np.random.default_rng(5).normal(0, np.sqrt(variances + found.luck))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
    held, told, came = (low <= found.true) & (found.true <= high), (drawn > LIMIT).mean(axis=1), found.true > LIMIT
    covered = stats.binomtest(int(held.sum()), N_HIDDEN)
    line = stats.linregress(told, came.astype(float))
    plausible = found.plausible
    spread = plausible.std(axis=1).mean(axis=0) * 12**0.5
    lines = [
        f"hidden: {drawn.shape[1]} worlds by {N_CHAINS} chains each, {found.taken:.0%} of the steps taken",
        f"hidden: predictive interval of the effect holds the true one in {held.mean():.1%} of {N_HIDDEN} worlds"
        f" [{covered.proportion_ci().low:.1%}, {covered.proportion_ci().high:.1%}] (93-97 % asked)",
        f"hidden: reliability slope of the probability that it is worth it: {line.slope:.2f} +- {1.96 * line.stderr:.2f}"
        f" (.9-1.1 asked); told {told.mean():.1%}, came {came.mean():.1%}",
    ]
    for j, number in enumerate(found.prior.numbers):
        if number.distribution is not None and spread[j] < 0.8:
            ranks = (plausible[:, :, j] < found.coded[:, None, j]).mean(axis=1)
            p = stats.chisquare(np.histogram(ranks, np.linspace(0, 1, 11))[0]).pvalue
            lines.append(f"hidden: {number.name}: spread left {spread[j]:.2f}, ranks uniform with p = {p:.2f}")
    return lines


def check_regret(n: int = 200, n_outcomes: int = 100) -> list[str]:
    """Whether the measurement that is worth most lowers regret more than one at random: rolling out against keeping the control.

    Regret is that in the hidden world, of what is decided once the measurement is made there, averaged over its outcomes. Rolling
    out is given a cost, what it brings in the median world: without one it pays nearly everywhere, and nothing is to be learnt.
    """
    found, generator = hidden(), np.random.default_rng(6)
    cost = float(np.median(found.yearly))
    kinds = {name: one for name, one in found.prior.measurements.items() if "." in str(one.get("share", ""))}
    keys = {name: str(one["share"]) for name, one in kinds.items()}
    true = {name: _shares(found.prior, found.secret, key) for name, key in keys.items()}
    before, named, random, worths = [], [], [], []
    for i in range(n):
        yearly, worlds = found.yearly[i] - cost, found.prior.values(special.ndtr(found.normal[i]))
        payoffs, weights = np.column_stack([np.zeros(len(yearly)), yearly]), np.full(len(yearly), 1 / len(yearly))
        measured = {name: _shares(found.prior, worlds, key) for name, key in keys.items()}
        shown = {name: Share().observe(measured[name], int(one["n"]), generator) for name, one in kinds.items()}
        worth = {name: value_of(shown[name], payoffs, weights) for name in kinds}
        lost = {}
        for name, one in kinds.items():
            outcomes = generator.binomial(int(one["n"]), true[name][i], n_outcomes)
            fits = np.asarray(stats.binom.logpmf(outcomes[:, None], int(one["n"]), np.clip(measured[name], 1e-6, 1 - 1e-6)))
            again = np.exp(fits - fits.max(axis=1, keepdims=True))
            rolls_out = again @ yearly > 0
            lost[name] = _lost(found.true_yearly[i] - cost, float(rolls_out.mean()))
        best, other = max(worth, key=lambda name: worth[name]), str(generator.choice(sorted(worth)))
        worths.append(worth[best])
        before.append(_lost(found.true_yearly[i] - cost, float(yearly.mean() > 0)))
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


def _shares(prior: Prior, worlds: Sequence[tuple[Value, ...]], key: str) -> Floats:
    """A share of the market (n,) in each world."""
    place = next(i for i, number in enumerate(prior.numbers) if key in number.touched)
    # switches have few levels, so that few markets are made; a number is its own share
    levels = {world[place]: world for world in worlds} if prior.names[place] != key else {}
    shares = {level: float(at(prior.market(world).model_dump(mode="json"), key)) for level, world in levels.items()}
    return np.array([shares.get(world[place], world[place]) for world in worlds], float)
