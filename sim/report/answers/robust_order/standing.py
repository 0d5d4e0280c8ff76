"""In which order policies come in one market, which of them are clearly apart, and what of today's order is left there."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from sim.report.answers.base import Answer, judged
from sim.report.part import Part

CLEARLY, EQUALLY, PERHAPS = ">", "=", "~"
"""Between neighbours of an order: clearly better, practically equal, not told apart."""


@dataclass(frozen=True)
class Standing:
    """How the arms of a part come out at one point of its design, in one metric of which more is better."""

    order: tuple[str, ...]
    """The best mean first; arms that tie as the part has them."""
    pairs: Mapping[tuple[str, str], Answer]
    """By pair of arms, in both directions: the first minus the second."""

    def clear(self) -> set[tuple[str, str]]:
        """Pairs of which the first is clearly better than the second."""
        return {pair for pair, answer in self.pairs.items() if answer.verdict == "better"}

    def words(self) -> str:
        """``oracle > today ~ uniform``: only what stands between neighbours."""
        words = self.order[0]
        for above, below in itertools.pairwise(self.order):
            verdict = self.pairs[above, below].verdict
            mark = CLEARLY if verdict == "better" else EQUALLY if verdict in ("practically equal", "identical") else PERHAPS
            words += f" {mark} {below}"
        return words


def standing(part: Part, point: int, where: str, name: str, n_together: int) -> Standing:
    """How the arms of a part come out at a point.

    Parameters
    ----------
    where
        The market, in words.
    name
        A metric of the catalogue.
    n_together
        Differences that are read together.
    """
    means = {arm: float(part.of(arm, name)[point].mean()) for arm in part.arms}
    # nan compares as neither: it goes last
    order = sorted(part.arms, key=lambda arm: (means[arm] != means[arm], -means[arm]))
    pairs = {
        (one, other): judged(part, "order", f"{one}, {where}", name, other, part.gain(one, other, name)[point], n_together)
        for one, other in itertools.permutations(part.arms, 2)
    }
    return Standing(tuple(order), pairs)


@dataclass(frozen=True)
class Left:
    """What is left of the pairs that are clear today, and what is clear only there."""

    held: tuple[tuple[str, str], ...]
    open: tuple[tuple[str, str], ...]
    """Not told apart, or practically equal."""
    reversed: tuple[tuple[str, str], ...]
    """As they stand today: the first better."""
    new: tuple[tuple[str, str], ...]
    """Clear there, and not today: the first better there."""


def left_of(today: Standing, there: Standing) -> Left:
    """Pairs that are clear today or in another market, by what happens to them there; the best by the order of today first."""
    rank = {arm: i for i, arm in enumerate(today.order)}

    def ordered(pairs: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(pairs, key=lambda pair: (rank[pair[0]], rank[pair[1]])))

    clear, now = today.clear(), there.clear()
    turned = {pair for pair in clear if pair[::-1] in now}
    new = {pair for pair in now if pair not in clear and pair[::-1] not in clear}
    return Left(ordered(clear & now), ordered(clear - now - turned), ordered(turned), ordered(new))
