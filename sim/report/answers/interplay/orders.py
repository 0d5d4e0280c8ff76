"""What each cause costs, whatever the order in which causes are removed: shares averaged over all orders, with the extremes."""

import itertools
from collections.abc import Sequence

import numpy as np

from sim.arrays import Floats
from sim.metrics.catalogue import RETURN_RATE
from sim.report.answers.base import Answer, Cell, Table, cell, interval_of, judged, percent, runs_of, shift
from sim.report.part import Part
from sim.statistics.intervals import Interval, fieller
from sim.words.language import joined, t
from sim.words.units import rounded, with_unit

KNOWING, STRONG = ("score", "counted", "truth"), ("strong_score", "strong_counted", "strong_truth")
"""Arms of the part: by the score, by the truth once the score counts, by the truth from the first day; weak and strong."""
ARMS = (*KNOWING, *STRONG)
ORDER = "offer_order"
"""The ending of the factor with which offers are drawn by weight (its first level) or go out in strict order (its last)."""
KNOWLEDGE, FORM = 0, 1
"""Axes of the grid of values: what is known of pros, and how strongly it is used."""


def causes() -> tuple[str, ...]:
    """What is lost, in the order of ``removed``: two steps of what is known, two of how strongly it is used."""
    return (
        t("noise: a score is read from few clients"),
        t("the wait until a score counts"),
        t("a weak weight"),
        t("visibility drawn by weight instead of strict order"),
    )


def grid(part: Part, name: str = RETURN_RATE) -> Floats:
    """Values (3, 3, n_replications) by what is known and how strongly it is used: weakly, strongly, in strict order."""
    sampled, ranked = (part.at(**{ORDER: level}) for level in (part.levels(ORDER)[0], part.levels(ORDER)[-1]))
    weak = [part.of(arm, name)[sampled][0] for arm in KNOWING]
    strong = [part.of(arm, name)[sampled][0] for arm in STRONG]
    strict = [part.of(arm, name)[ranked][0] for arm in STRONG]
    return np.stack([weak, strong, strict], axis=1)


def removed(values: Floats, path: Sequence[int]) -> Floats:
    """What each of the four causes brings when they are removed along a path of axes, (4, n_replications)."""
    gains, at = np.zeros((4, values.shape[-1])), [0, 0]
    for axis in path:
        before = values[at[KNOWLEDGE], at[FORM]]
        cause = 2 * axis + at[axis]
        at[axis] += 1
        gains[cause] = values[at[KNOWLEDGE], at[FORM]] - before
    return gains


def paths() -> list[tuple[int, ...]]:
    """Every order in which two steps of what is known and two of how strongly it is used can follow one another."""
    return sorted(set(itertools.permutations((KNOWLEDGE, KNOWLEDGE, FORM, FORM))))


def shapley(values: Floats) -> Floats:
    """Shapley shares: what each cause brings, averaged over all orders, (4, n_replications); they add up to the whole.

    References
    ----------
    Shapley (1953), A value for n-person games. Where a cause can be removed only after another one, the average is over the
    orders that are possible: Faigle & Kern (1992), The Shapley value for cooperative games under precedence constraints.
    International Journal of Game Theory 21(3), 249-266.
    """
    return np.mean([removed(values, path) for path in paths()], axis=0)


def orders_answers(part: Part) -> tuple[str, Table, list[Answer]]:
    """A clause on what each cause costs, its table, and the numbers."""
    values, control = grid(part), part.of(part.control)[part.at(**{ORDER: part.levels(ORDER)[0]})][0]
    whole = values[2, 2] - control
    gains = {"mean": shapley(values)}
    gains |= {"knowing": removed(values, (0, 0, 1, 1)), "form": removed(values, (1, 1, 0, 0))}
    level = 1 - 0.05 / 4
    rows, answers, said = [], [], []
    for i, what in enumerate(causes()):
        one = judged(part, "ladder", what, RETURN_RATE, t("all orders"), gains["mean"][i], 4)
        share = fieller(gains["mean"][i], whole, level)
        others = [fieller(gains[order][i], whole, level) for order in ("knowing", "form")]
        answers += [one, _share(what, share, t("all orders")), *(_share(what, x, o) for x, o in zip(others, _names(), strict=True))]
        rows.append((what, (cell(one), Cell(percent(share)), *(Cell(percent(x)) for x in others))))
        said.append(
            (share.estimate, t("{what} {share}, {range} by the order", what=what, share=percent(share), range=_range(others)))
        )
    captured = fieller(values[0, 0] - control, whole)
    total = judged(part, "ladder", t("all causes"), RETURN_RATE, part.control, whole)
    answers.append(total)
    header = (t("Lost to"), t("Mean over all orders"), t("Share"), t("Share, knowledge first"), t("Share, form first"))
    caption = t(
        "What removing each cause brings; {arm} captures {captured} of {whole}; {runs}, intervals hold for all causes together.",
        arm=KNOWING[0],
        captured=percent(captured),
        whole=shift(interval_of(total), "share"),
        runs=runs_of(part),
    )
    clause = t(
        "lost of the whole, averaged over the orders in which causes can be removed: {shares}",
        shares=joined(words for _, words in sorted(said, key=lambda row: -row[0])),
    )
    return clause, Table(caption, header, rows), answers


def _names() -> tuple[str, str]:
    return t("knowledge first"), t("form first")


def _share(what: str, share: Interval, order: str) -> Answer:
    return Answer("ladder", f"{what}, {order}", "share_of_gain", "", share.estimate, share.low, share.high, share.n, "")


def _range(shares: Sequence[Interval]) -> str:
    low, high = sorted(share.estimate for share in shares)
    return with_unit(t("{low} to {high}", low=rounded(100 * low, 0), high=rounded(100 * high, 0)), "%")
