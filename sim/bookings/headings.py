"""What the heading of a column speaks about."""

import re
from functools import cache

from sim.bookings.month_names import folded
from sim.bookings.vocabulary import idea_by_phrase, ideas_by_word

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
LINKS = ("", "s", "n", "en", "es")
"""What stands between two words that are written as one, as in Kundennummer and Buchungsdatum."""
SHORTEST = 2


def _apart(word: str) -> list[str]:
    """A word of no idea as two words of ideas, or as it is."""
    known = ideas_by_word()
    for at in range(len(word) - SHORTEST, SHORTEST, -1):
        for link in LINKS:
            first = word[:at].removesuffix(link) if link else word[:at]
            if first in known and word[at:] in known and len(first) > SHORTEST:
                return [first, word[at:]]
    return [word]


@cache
def words_of(heading: str) -> tuple[str, ...]:
    """The words of a heading, folded.

    Examples
    --------
    >>> words_of("Kundennummer"), words_of("startTime"), words_of("Created (UTC)")
    (('kunden', 'nummer'), ('start', 'time'), ('created', 'utc'))
    """
    plain = re.findall(r"[^\W_]+", folded(CAMEL.sub(" ", heading)))
    known = ideas_by_word()
    return tuple(part for word in plain for part in ([word] if word in known else _apart(word)))


@cache
def ideas_of(heading: str) -> frozenset[str]:
    """The ideas of ``sim.bookings.vocabulary`` that a heading speaks about.

    Examples
    --------
    >>> sorted(ideas_of("Customer E-mail")), sorted(ideas_of("Team member")), sorted(ideas_of("Marked as No-Show"))
    (['client', 'email'], ['pro'], ['no_show'])
    """
    words = words_of(heading)
    known, phrases = ideas_by_word(), idea_by_phrase()
    ideas: set[str] = set()
    at = 0
    while at < len(words):
        phrase = next((phrase for phrase in phrases if words[at : at + len(phrase)] == phrase), None)
        ideas |= known.get(words[at], frozenset()) if phrase is None else {phrases[phrase]}
        at += len(phrase or words[at : at + 1])
    return frozenset(ideas)
