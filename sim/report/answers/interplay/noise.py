"""How much of a raw score is noise: reliability by clients behind it, and good pros who score below bad ones."""

import itertools
import math

import numpy as np
import scipy

from sim.arrays import Floats
from sim.charts import style
from sim.charts.reliability import Signal, plot_reliability
from sim.report.answers.base import Answer, Cell, PageSection, Table, percent
from sim.report.figures import ReportFigure
from sim.report.format import p_value, runs
from sim.report.part import Part
from sim.statistics.intervals import Interval, mean_interval
from sim.words.language import joined, t
from sim.words.units import percent as whole_percent
from sim.words.units import rounded, whole, with_unit

RAW = "fidelity_raw"
CLIENTS = (12, 18, 30, 100)
GOOD, BAD = 0.35, 0.25
EDGES = (5, 10, 15, 20, 25, 30, 40, 60, 100, 1000)
FEWEST_PROS = 30
NEAR = 0.15
"""Pros with n clients behind, give or take this part of n, stand for n."""
GAP = (0.08, 0.12)
"""True gaps that stand for the ten points of theory."""


def reversal(n: int, good: float = GOOD, bad: float = BAD, n_bad: int | None = None) -> float:
    """Probability that a pro of the better true rate has the lower raw score, with n clients behind each; ties are extra.

    Parameters
    ----------
    n_bad
        Clients behind the other pro, when they are not as many.

    Examples
    --------
    >>> round(reversal(12), 3), round(reversal(30), 3), round(reversal(100), 3)
    (0.222, 0.16, 0.052)
    """
    returns, m = np.arange(n + 1), n if n_bad is None else n_bad
    # good has k of n, bad a larger share of m: more than k m / n, in whole numbers without rounding
    return float(np.sum(scipy.stats.binom.pmf(returns, n, good) * scipy.stats.binom.sf(returns * m // n, m, bad)))


def signal(score: Floats, truth: Floats, clients: Floats) -> list[Signal]:
    """Squared correlation of score and truth, of pros with about as many clients behind; intervals by Fisher's z.

    Parameters
    ----------
    score, truth, clients
        (n_pros,) each; nan for pros without a score, who are left out. Groups of fewer than 30 pros are left out, too.
    """
    found = []
    for low, high in itertools.pairwise(EDGES):
        here = (clients >= low) & (clients < high) & np.isfinite(score)
        n = int(here.sum())
        if n < FEWEST_PROS or np.ptp(score[here]) == 0 or np.ptp(truth[here]) == 0:
            continue
        r = float(np.corrcoef(score[here], truth[here])[0, 1])
        z, reach = math.atanh(min(max(r, -0.999999), 0.999999)), float(scipy.stats.norm.ppf(0.975)) / math.sqrt(n - 3)
        ends = (max(math.tanh(z - reach), 0.0) ** 2, max(math.tanh(z + reach), 0.0) ** 2)
        found.append(Signal(float(clients[here].mean()), max(r, 0.0) ** 2, *ends, n))
    return found


def reversed_share(score: Floats, truth: Floats, clients: Floats, n: int) -> tuple[Interval, float]:
    """Of pairs of pros with about n clients behind and a true gap of about ten points, those in which the better scores lower.

    Parameters
    ----------
    score, truth, clients
        (n_replications, n_pros) each. Pairs are taken within a replication; the interval is over replications with such pairs.

    Returns
    -------
    Interval, float
        The share, and what binomial theory says about the same pairs; nan without any.
    """
    shares, expected = [], []
    for value, true, behind in zip(score, truth, clients, strict=True):
        here = np.isfinite(value) & (np.abs(behind - n) <= NEAR * n)
        s, t = value[here], true[here]
        gap = t[:, None] - t[None, :]
        pairs = (gap >= GAP[0]) & (gap <= GAP[1])
        if pairs.any():
            shares.append(float((s[:, None] < s[None, :])[pairs].mean()))
            sizes = behind[here].astype(int)
            chances = [reversal(int(sizes[i]), float(t[i]), float(t[j]), int(sizes[j])) for i, j in np.argwhere(pairs)]
            expected.append(float(np.mean(chances)))
    return mean_interval(np.array(shares)), float(np.mean(expected)) if expected else math.nan


def agreement(n_missed: int, n_groups: int, level: float = 0.95) -> str:
    """Whether intervals of this level miss theory more often than luck lets them, in a sentence; groups share no pros.

    Theory is said to be missed when so many misses, or more, would have a chance below 1 - level.
    """
    chance = float(scipy.stats.binom.sf(n_missed - 1, n_groups, 1 - level))
    words = {"level": whole_percent(level), "n": n_missed, "all": n_groups, "chance": p_value(chance)}
    if chance < 1 - level:
        return t(
            "Simulated signal disagrees with theory: its {level} interval misses it in {n} of {all} groups of pros, where luck"
            " alone"
            " misses as many or more with a probability of {chance}.",
            **words,
        )
    return t(
        "Simulated signal agrees with theory: its {level} interval misses it in {n} of {all} groups of pros, where luck alone"
        " misses"
        " as many or more with a probability of {chance}.",
        **words,
    )


def noise_section(part: Part) -> PageSection:
    """Theory beside simulation, for the raw score."""
    columns = {name: part.scores[RAW][name][0] for name in ("score_value", "score_truth", "score_clients")}
    score, truth, clients = columns.values()
    there = np.isfinite(truth)
    p, spread = float(truth[there].mean()), float(truth[there].var(ddof=1))
    rho = spread / (p * (1 - p))
    found = signal(score.ravel(), truth.ravel(), clients.ravel())
    answers = [
        Answer(
            "noise", f"{one.clients:.0f} clients behind, {one.n_pros} pros", "signal", "", one.share, one.low, one.high, part.n, ""
        )
        for one in found
    ]
    rows = []
    for n in CLIENTS:
        pairs, expected = reversed_share(score, truth, clients, n)
        theory = reversal(n)
        reliability = n * rho / (1 + (n - 1) * rho)
        answers += [
            Answer("noise", f"{n} clients behind", "reversed_pairs", "", theory, math.nan, math.nan, 0, "", "theory"),
            Answer("noise", f"{n} clients behind", "reversed_pairs", "", pairs.estimate, pairs.low, pairs.high, pairs.n, ""),
            Answer("noise", f"{n} clients behind", "signal", "", reliability, math.nan, math.nan, 0, "", "theory"),
        ]
        seen = percent(pairs) if pairs.n > 1 else t("no such pros")
        same = _share(expected, 1) if pairs.n > 1 else ""
        rows.append(
            (
                t("{n} new clients", n=n),
                (Cell(_share(reliability)), Cell(_share(theory, 1)), Cell(seen), Cell(same), Cell(whole(pairs.n))),
            )
        )
    header = (
        t("Behind the score"),
        t("Signal, theory"),
        t("A true {good} pro scores below a true {bad} pro, theory", good=_share(GOOD), bad=_share(BAD)),
        t("Simulated, true gap of 8 to 12 points"),
        t("Theory for those very pairs"),
        "n",
    )
    table = Table(t("{arm}, last refresh; {runs}.", arm=RAW, runs=runs(part.n)), header, rows)
    behind = clients[np.isfinite(score)]
    median = float(np.median(behind)) if len(behind) else math.nan
    share = median * rho / (1 + (median - 1) * rho)
    outside = [one for one in found if not one.low <= one.clients * rho / (1 + (one.clients - 1) * rho) <= one.high]
    words = t(
        "The median pro has {n} new clients behind the raw score, of which theory says that {share} is signal (true rates spread by"
        " {spread} around {mean}; {runs}).",
        n=rounded(median, 0),
        share=_share(share),
        spread=with_unit(rounded(100 * math.sqrt(spread), 1), "points"),
        mean=_share(p),
        runs=runs(part.n),
    )
    beside = agreement(len(outside), len(found))
    ax = plot_reliability(found, rho)
    alt = joined(t("{n} clients {share}", n=rounded(one.clients, 0), share=_share(one.share)) for one in found)
    figure = ReportFigure(
        "reliability",
        style.figure_of(ax),
        t("A score left of the bend says more about luck than about the pro."),
        t("Signal by clients behind the score. {rows}.", rows=alt),
    )
    notes = [
        t(
            "The line is a formula (beta-binomial reliability), the dots are simulated. Ties of scores are extra to the reversed"
            " pairs."
        )
    ]
    question = t("How much of a raw score is noise?")
    return PageSection("noise", question, words, [beside] if found else [], [figure], [table], notes, answers)


def _share(share: float, decimals: int = 0) -> str:
    return with_unit(rounded(100 * share, decimals), "%")
