"""Who is the same client: spellings of one id, and ids that stand for many."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Ints
from sim.bookings.texts import EMPTY
from sim.said import Said, say

MOST_SHARE, FEWEST_ROWS = 0.05, 20
"""A client with a larger share of all rows, and at least so many, is no one person: assumption."""
NOBODY = re.compile(
    r"\W*(?:(?:client|kunde|cliente) )?(walk[ -]?ins?|passages?|de passage|passant|laufkund(e|schaft)|barverkauf|gast|guest|cash"
    r"|no name|anonymous|anonyme?|anonym|unknown|unbekannt|inconnue?|divers[eo]?|comptoir|sin cliente|ocasional|occasionale"
    r"|mostrador|banco|consumidor final|sem cadastro|cash sale|default)( (client|customer|kunde)s?)?\W*",
    re.IGNORECASE,
)


NOTHING = {name for name in EMPTY if not name.isalpha() or len(name) > 2} - {"unknown"}
"""Texts that stand for no client, in lower case; Na is a name."""


@dataclass(frozen=True)
class Clients:
    """Codes of the clients of a file."""

    codes: Ints
    """(n,) -1 where there is none."""
    anonymous: Flags
    """(n,) the id stands for many."""
    warnings: tuple[Said, ...]


def without_point(name: str) -> str:
    """An id without the ``.0`` that a spreadsheet puts behind whole numbers."""
    return name.removesuffix(".0") if name.removesuffix(".0").isdecimal() else name


def client_codes(codes: Ints, names: Sequence[str]) -> Clients:
    """Put spellings together that are surely one id, and warn of those that may be.

    Parameters
    ----------
    codes, names
        (n,) codes, -1 where empty, and the text behind each code.
    """
    warnings = []
    merged = [without_point(name) for name in names]
    mails = sum("@" in name for name in names)
    if mails > len(names) / 2:
        merged = [name.casefold() for name in merged]
    known: dict[str, int] = {}
    empty = [name.casefold() in NOTHING for name in merged]
    position = np.array(
        [-1 if none else known.setdefault(name, len(known)) for name, none in zip(merged, empty, strict=True)] + [-1]
    )
    n = len(names) - sum(empty) - len(known)
    if n:
        warnings.append(say("{n} ids are another one spelt otherwise (capitals of a mail, .0 behind a number): merged", n=n))
    loose: tuple[tuple[Callable[[str], str], Said], ...] = (
        (str.casefold, say("capitals")),
        (lambda name: "".join(name.split()), say("spaces")),
        (lambda name: name.lstrip("0") if name.isdecimal() else name, say("leading zeros")),
    )
    for fold, word in loose:
        n = len(known) - len({fold(name) for name in known})
        if n:
            warnings.append(say("{n} clients differ from another one only by {what}: taken as different", n=n, what=word))
    found = position[codes]
    counts = np.bincount(found[found >= 0], minlength=len(known))
    limit = max(MOST_SHARE * counts.sum(), FEWEST_ROWS - 1)
    nobody = np.array([*(bool(NOBODY.fullmatch(name)) for name in known), False])
    many = np.r_[counts > limit, False]
    if many.any():
        warnings.append(
            say(
                "{n} clients hold more than {share}% of all rows each, as walk-ins do: taken as nobody in particular",
                n=int(many.sum()),
                share=round(100 * MOST_SHARE),
            )
        )
    return Clients(found, (nobody | many)[found], tuple(warnings))
