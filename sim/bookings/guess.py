"""Which column is believed to be what, as settings to use or to correct."""

import json
from dataclasses import dataclass, field
from typing import Any

from sim.bookings.columns import MAPPED, MEANINGS
from sim.said import Said, say

SURE, LIKELY = 0.8, 0.55
JOINED = ("client", "pro")
"""Meanings that may be several columns."""


@dataclass(frozen=True)
class Found:
    """A column, or several, that are believed to have a meaning."""

    headings: tuple[str, ...]
    example: str
    """A value, masked where it may name a person."""
    score: float
    """From 0 to 1."""
    readable: float
    """Share of the rows that are not empty and can be read so."""

    @property
    def sure(self) -> bool:
        """Whether it may be used without a look."""
        return self.score >= SURE

    @property
    def word(self) -> str:
        """How sure it is."""
        return "sure" if self.sure else "likely" if self.score >= LIKELY else "doubtful"


@dataclass(frozen=True)
class Guess:
    """Which column of a table is what, as far as headings and values show it."""

    found: dict[str, Found]
    """By meaning, see ``sim.bookings.columns.Columns``, in its order."""
    statuses: dict[str, str]
    """What each value of the status means."""
    unknown: tuple[str, ...]
    """Values of the status that nothing is known about."""
    left_out: dict[str, tuple[str, ...]]
    """By column: values whose rows are no visit."""
    doubts: tuple[Said, ...]
    """Why it should not be used without a look; empty: it may."""
    by_file: dict[str, str] = field(default_factory=dict)
    """What the rows of a file are, by its name, where that says it."""
    notes: tuple[Said, ...] = ()
    """Columns whose headings speak of what their values are not."""

    @property
    def sure(self) -> bool:
        """Whether client and date are found beyond doubt, and nothing contradicts."""
        return not self.doubts

    def columns(self) -> dict[str, Any]:
        """Settings for ``Columns``: what is likely, not what is doubtful."""
        settings: dict[str, Any] = {}
        for meaning in MAPPED:
            found = self.found.get(meaning)
            if found is not None and found.score >= LIKELY:
                several = meaning in JOINED and len(found.headings) > 1
                settings[meaning] = list(found.headings) if several else found.headings[0]
        if "status" in settings:
            settings["statuses"] = dict(self.statuses)
        if self.by_file:
            settings["constant_status"] = dict(self.by_file)
        if self.left_out:
            settings["left_out"] = {heading: list(values) for heading, values in self.left_out.items()}
        return settings


def _quoted(value: Any) -> str:
    """A value as yaml reads it in any version, whatever it holds."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def _plain(text: str) -> str:
    """A text on one line, for a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def guess_yaml(guess: Guess) -> str:
    """Settings of columns to correct and use, with what is believed and how surely.

    Examples
    --------
    >>> print(guess_yaml(Guess({"client": Found(("Customer ID",), "c1", 0.9, 1.0)}, {}, (), {}, ())), end="")
    # Which column is what: correct it, delete what is wrong, and give this file as columns.
    "client": "Customer ID"  # sure, such as c1, 100 % of the rows
    # "date": # the heading of its column
    """
    lines = ["# Which column is what: correct it, delete what is wrong, and give this file as columns."]
    lines += [f"# {_plain(str(doubt))}" for doubt in (*guess.doubts, *guess.notes)]
    settings = guess.columns()
    for meaning, found in guess.found.items():
        value = settings.get(meaning, list(found.headings) if len(found.headings) > 1 else found.headings[0])
        why = f"{found.word}, such as {_plain(found.example)}, {100 * found.readable:.0f} % of the rows"
        # what is doubtful is shown, and has to be chosen
        lines.append(f"{'' if meaning in settings else '# '}{_quoted(meaning)}: {_quoted(value)}  # {why}")
    lines += [f"# {_quoted(meaning)}: # the heading of its column" for meaning in ("client", "date") if meaning not in guess.found]
    if "status" in settings:
        lines.append(f'"statuses":  # {", ".join(MEANINGS)}')
        lines += [f"  {_quoted(value)}: {meaning}" for value, meaning in guess.statuses.items()]
        lines += [f"  {_quoted(value)}: # one of those above" for value in guess.unknown]
    if "constant_status" in settings:
        lines.append(f'"constant_status":  # by file: {", ".join(MEANINGS)}')
        lines += [f"  {_quoted(file)}: {meaning}" for file, meaning in guess.by_file.items()]
    if guess.left_out:
        lines.append('"left_out":  # rows that are no visit')
        lines += [f"  {_quoted(heading)}: {_quoted(list(values))}" for heading, values in guess.left_out.items()]
    return "\n".join(lines) + "\n"


def doubts_of(found: dict[str, Found], rivals: tuple[str, ...], unknown: tuple[str, ...], status: str) -> tuple[Said, ...]:
    """Why a guess needs a look: no sure client or date, several dates that could be the visit's, statuses without a meaning."""
    doubts = []
    if "client" not in found or not found["client"].sure:
        doubts.append(say("no column is surely the client"))
    if "date" not in found or not found["date"].sure:
        doubts.append(say("no column is surely the date of the visit"))
    if rivals:
        doubts.append(say("several columns could be the date of the visit: {columns}", columns=rivals))
    if unknown:
        doubts.append(say("{column} = {value}: nothing says what it means", column=status, value=unknown[0]))
    return tuple(doubts)
