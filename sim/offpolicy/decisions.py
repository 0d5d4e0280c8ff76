"""New clients of a log: what each was like, who could serve whom, who did, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.offpolicy.cascade import sequence
from sim.offpolicy.choices import Candidates, Choices
from sim.offpolicy.returns import Asked

NOBODY = -1
"""A candidate of its own: that no pro serves the client."""
UNSERVED = 100


@dataclass(frozen=True)
class Offers:
    """What led to each decision, one offer after another."""

    counts: Ints
    """(n,) offers made for each client, >= 1."""
    logged: Floats
    """(n_offers,) propensity of each among the candidates not yet asked, within (0, 1]."""


@dataclass(frozen=True)
class Decisions:
    """One a new client, n in all, with m candidates."""

    outcome: Floats
    """(n,) such as 1 for a client who came back; read where ``followed`` > 0."""
    followed: Floats
    """(n,) how much each counts, see ``censoring``; 0 where the outcome is not known."""
    features: Ints
    """(n, n_features) what kind of client, see ``returns``."""
    counts: Ints
    """(n,) candidates, >= 1."""
    chosen: Ints
    """(n,) position of the chosen one among them."""
    pros: Ints
    """(m,) who they are, ``NOBODY`` among them."""
    logged: Floats
    """(m,) propensities of the logging policy."""
    offers: Offers | None = None
    """None: the log says who was chosen, not who was asked."""
    support_unknown: bool = False
    """Whether propensities of those not chosen are made up or estimated, so that nobody knows who had none."""

    def __post_init__(self) -> None:
        assert len(self.outcome) == len(self.followed) == len(self.features) == len(self.counts) == len(self.chosen)  # noqa: S101

    def candidates(self, target: Floats) -> Candidates:
        """With the propensities (m,) of a new policy.

        Raises
        ------
        ValueError
            As ``Candidates``.
        """
        return Candidates(self.counts, self.chosen, self.logged, target)

    def offered(self, target: Floats) -> Choices | None:
        """As sequences of offers, with the propensities (n_offers,) of a new policy; None where offers are not known."""
        if self.offers is None:
            return None
        found = sequence(self.outcome, self.offers.counts, self.offers.logged, target)
        return replace(found, followed=self.followed)

    @property
    def pro(self) -> Ints:
        """(n,) who was chosen."""
        return self.pros[np.cumsum(self.counts) - self.counts + self.chosen]

    @property
    def clusters(self) -> Ints:
        """(n,) clients who share a pro have one label; those whom nobody served share ``UNSERVED`` labels."""
        pro = self.pro
        return np.where(pro == NOBODY, int(self.pros.max(initial=0)) + 1 + np.arange(len(pro)) % UNSERVED, pro)

    def followed_by(self, weights: Floats) -> Self:
        """The same where outcomes count so much, (n,)."""
        return replace(self, followed=weights)

    @property
    def asked(self) -> Asked:
        """For the model of outcomes."""
        return Asked(self.outcome, self.followed, self.features, self.pro, self.counts, self.pros)

    @property
    def is_strict(self) -> bool:
        """Whether every choice was the only one that could be made: nothing was left to chance."""
        return bool((self.candidates(self.logged).of_chosen(self.logged) >= 1).all())

    def rows(self, chosen: Flags) -> Self:
        """Some of the decisions."""
        offers = self.offers
        if offers is not None:
            offers = Offers(offers.counts[chosen], offers.logged[np.repeat(chosen, offers.counts)])
        of_candidates = np.repeat(chosen, self.counts)
        return replace(
            self,
            **{name: getattr(self, name)[chosen] for name in ("outcome", "followed", "features", "counts", "chosen")},
            **{name: getattr(self, name)[of_candidates] for name in ("pros", "logged")},
            offers=offers,
        )


def pooled(parts: Sequence[Decisions], n_pros: Sequence[int]) -> Decisions:
    """Decisions of several platforms, whose pros are others: together they are those of a larger one.

    Parameters
    ----------
    n_pros
        Of each platform.
    """
    first = np.cumsum([0, *n_pros[:-1]])
    offers = [one.offers for one in parts if one.offers is not None]
    names = ("outcome", "followed", "features", "counts", "chosen", "logged")
    return Decisions(
        **{name: np.concatenate([getattr(one, name) for one in parts]) for name in names},
        pros=np.concatenate([np.where(one.pros == NOBODY, NOBODY, one.pros + i) for one, i in zip(parts, first, strict=True)]),
        offers=Offers(np.concatenate([one.counts for one in offers]), np.concatenate([one.logged for one in offers]))
        if len(offers) == len(parts)
        else None,
        support_unknown=any(one.support_unknown for one in parts),
    )
