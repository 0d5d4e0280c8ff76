"""Words of headings and statuses in seven languages, read from ``vocabulary.toml``."""

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("vocabulary.toml")
PERSONAL = frozenset({"email", "phone", "name", "first", "last_name", "notes", "billing", "client", "pro", "user"})
"""Ideas of columns whose values are not shown as they are."""


@cache
def _file() -> dict[str, dict[str, str]]:
    with FILE.open("rb") as file:
        return tomllib.load(file)


def _listed(text: str) -> list[str]:
    """Words between commas, which may hold spaces."""
    return [" ".join(word.split()) for word in text.split(",")]


@cache
def ideas_by_word() -> dict[str, frozenset[str]]:
    """By word of a heading: the ideas that it may stand for."""
    found: dict[str, set[str]] = {}
    for idea, words in _file()["ideas"].items():
        for word in words.split():
            found.setdefault(word, set()).add(idea)
    return {word: frozenset(ideas) for word, ideas in found.items()}


@cache
def idea_by_phrase() -> dict[tuple[str, ...], str]:
    """By words that stand together in a heading: the idea that they have together."""
    return {tuple(phrase.split()): idea for idea, phrases in _file()["phrases"].items() for phrase in _listed(phrases)}


@cache
def goods() -> frozenset[str]:
    """Words of things that are sold and are no visit."""
    return frozenset(_file()["goods"]["words"].split())


@cache
def meaning_by_status() -> dict[str, str]:
    """By value of a status, folded: one of ``sim.bookings.columns.MEANINGS``, or ``booked``."""
    return {word: meaning for meaning, words in _file()["statuses"].items() for word in _listed(words)}


@cache
def answers() -> dict[str, bool]:
    """Words for yes and no."""
    told = _file()["answers"]
    return {word: key == "yes" for key in ("yes", "no") for word in told[key].split()}
