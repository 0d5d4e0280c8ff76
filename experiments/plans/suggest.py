"""What somebody who misspelt a name may have meant."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

ALIKE, CLOSEST = 0.6, 5
"""From 0, nothing in common, to 1, the same: a name less alike than this is not suggested; how many are
looked at."""


def dotted_keys(node: Any, prefix: str = "") -> list[str]:
    """Dotted names of all values below a mapping, in order.

    Examples
    --------
    >>> dotted_keys({"seed": 1, "market": {"pros": {"n": 40}}})
    ['seed', 'market.pros.n']
    """
    if not isinstance(node, Mapping):
        return [prefix]
    return [key for name, below in node.items() for key in dotted_keys(below, f"{prefix}.{name}" if prefix else str(name))]


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known name that a misspelt one stands for, or None when none is alike.

    A key whose end is the word goes first: ``pros.n`` stands for ``market.pros.n``.

    Examples
    --------
    >>> nearest("pros.n", ["market.pros.n"]), nearest("unifrom", ["oracle", "uniform"]), nearest("zzz", ["uniform"])
    ('market.pros.n', 'uniform', None)
    """
    whole = [name for name in known if name.endswith(f".{word}")]
    near = (name for name in difflib.get_close_matches(word, known, CLOSEST, ALIKE) if _alike(_last(word), _last(name)))
    return next(iter(whole), next(near, None))


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _alike(word: str, name: str) -> bool:
    """Whether names are alike without the sections that keys have in common."""
    return difflib.SequenceMatcher(None, word, name).ratio() >= ALIKE


def did_you_mean(word: str, known: Collection[str]) -> str:
    """``; did you mean <the nearest>?``, or nothing when none is alike."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""
