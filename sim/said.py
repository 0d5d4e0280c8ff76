"""What a layer has to say, kept as a text with named values, so that it can be worded later in the language of its readers.

A lower layer says ``say("{n} clients in {days} days", n=12, days=30)`` and returns it. ``str`` of it is English, for tables, files
and terminals; ``sim.words.language.told`` words it in the language of a page. Nothing is ever read back from a finished sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias


@dataclass(frozen=True)
class Number:
    """A number as it is to be shown, in the marks that Python writes: a page writes it in those of its language.

    Examples
    --------
    >>> str(number(1234.5, ",.2f"))
    '1,234.50'
    """

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Said:
    """A text of the catalogues with named placeholders, and what stands at them; made by ``say``."""

    text: str
    """In English: the key of the catalogues."""
    values: Mapping[str, "Value"] = field(default_factory=dict, hash=False)
    """By placeholder."""

    def __str__(self) -> str:
        return self.text.format(**{name: english(value) for name, value in self.values.items()})

    def having(self, **values: "Value") -> Self:
        """The same text with some other values.

        Examples
        --------
        >>> str(say("{n} of {all}", n=1, all=3).having(n=2))
        '2 of 3'
        """
        return replace(self, values={**self.values, **values})


Value: TypeAlias = str | int | Number | Said | tuple["Value", ...]
"""What can stand at a placeholder: a name, which is the same in all languages; a count, written with its digits alone; a number
with marks; another text; or several of these, with semicolons between them."""


def say(text: str, /, **values: Value) -> Said:
    """A text, given as a literal so that it can be found for translation, with its values.

    Examples
    --------
    >>> str(say("{model}, {n} new clients: {words}", model="BG/NBD", n=1200, words=say("no column")))
    'BG/NBD, 1200 new clients: no column'
    """
    return Said(text, values)


def number(value: float, form: str = "g") -> Number:
    """A number in a form such as ``.3f`` or ``,.0f``."""
    return Number(format(value, form))


def english(value: Value) -> str:
    """A value as an English text has it."""
    return "; ".join(map(english, value)) if isinstance(value, tuple) else str(value)
