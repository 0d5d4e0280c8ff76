"""Every text that a page, a chart or a table shows, in the language of its readers.

A text is written in English where it is used, with named placeholders, and is its own key in the catalogues: ``languages/fr.toml``
and ``languages/de.toml`` have what most pages share, the folders ``languages/fr`` and ``languages/de`` one file for each page
beyond that. Code that draws or writes says ``t("{arm} is the control.", arm=name)``; who wants French wraps the whole
call in ``with speaking("fr")``. Names from configurations (arms, markets) are values of placeholders and stay as they are.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.said import Number, Said, Value

CATALOGUES = Path(__file__).parent / "languages"
Entry = str | Mapping[str, str]
"""A translation; with ``one`` and ``other`` where it depends on a number."""


@dataclass(frozen=True)
class Language:
    """How a language writes numbers."""

    name: str
    """In the language itself."""
    decimal: str
    thousands: str
    before_percent: str
    before_unit: str
    semicolon: str = "; "
    one_below_two: bool = False
    """Whether 0 and 1 take the singular, rather than 1 alone."""
    lowers_nouns: bool = True
    """Whether the first letter of a label may become small within a sentence."""


NARROW, NO_BREAK = "\u202f", "\u00a0"
LANGUAGES: dict[str, Language] = {
    "en": Language("English", ".", ",", " ", " "),
    "fr": Language("français", ",", NARROW, NARROW, NO_BREAK, semicolon=f"{NARROW}; ", one_below_two=True),
    "de": Language("Deutsch", ",", ".", NO_BREAK, NO_BREAK, lowers_nouns=False),
}
_SPOKEN: ContextVar[str] = ContextVar("language", default="en")


def spoken() -> str:
    """The code of the language that texts are written in now: ``en`` unless within ``speaking``."""
    return _SPOKEN.get()


def manners() -> Language:
    """How the current language writes numbers."""
    return LANGUAGES[_SPOKEN.get()]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Texts and numbers within are written in this language; in this thread (or task) only.

    Raises
    ------
    ValueError
        There is no such language.
    """
    if code not in LANGUAGES:
        raise ValueError(f"lang = {code!r}, must be one of: {', '.join(LANGUAGES)}")
    token = _SPOKEN.set(code)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


@cache
def catalogue(code: str) -> Mapping[str, Entry]:
    """By English text: its translation; empty for English."""
    if code == "en":
        return {}
    return {text: entry for path in files(code) for section in _read(path).values() for text, entry in section.items()}


def files(code: str) -> list[Path]:
    """The files of a language: what most pages share, then page by page."""
    return [CATALOGUES / f"{code}.toml", *sorted((CATALOGUES / code).glob("*.toml"))]


def _read(path: Path) -> dict[str, dict[str, Entry]]:
    with path.open("rb") as file:
        return tomllib.load(file)


def t(text: str, /, **values: object) -> str:
    """A text of this program in the current language, placeholders filled.

    Examples
    --------
    >>> t("not clear yet")
    'not clear yet'
    >>> with speaking("fr"):
    ...     t("not clear yet")
    'pas encore clair'
    """
    entry = catalogue(_SPOKEN.get()).get(text, text)
    return (entry if isinstance(entry, str) else entry["other"]).format(**values)


def tn(one: str, other: str, n: int, /, **values: object) -> str:
    """One of two texts by a number, which is ``{n}`` in them; the English plural is the key in the catalogues.

    Examples
    --------
    >>> tn("{n} run", "{n} runs", 1), tn("{n} run", "{n} runs", 8)
    ('1 run', '8 runs')
    >>> with speaking("fr"):
    ...     tn("{n} replication", "{n} replications", 1200)
    '1\\u202f200 réplications'
    """
    language, entry = manners(), catalogue(_SPOKEN.get()).get(other)
    singular = abs(n) < 2 if language.one_below_two else n == 1
    if isinstance(entry, Mapping):
        pattern = entry["one" if singular else "other"]
    else:
        pattern = entry or (one if n == 1 else other)
    return pattern.format(n=written(f"{n:,}"), **values)


def told(value: Value) -> str:
    """What a layer has said, in the current language; names stay as they are.

    Examples
    --------
    >>> from sim.said import number, say
    >>> what = say("{n} visits, fewer than {needed}", n=12, needed=number(0.5))
    >>> told(what)
    '12 visits, fewer than 0.5'
    >>> with speaking("fr"):
    ...     told(what)
    '12 visites, moins de 0,5'
    """
    if isinstance(value, Said):
        return t(value.text, **{name: told(one) for name, one in value.values.items()})
    if isinstance(value, Number):
        return written(value.text)
    return joined(map(told, value)) if isinstance(value, tuple) else str(value)


def configured(text: str) -> str:
    """A text from a configuration: translated when it is one of those that come with this program, as it stands otherwise."""
    return _looked_up(text)


def word(text: str) -> str:
    """A word of the program that also stands in tables and files, such as a verdict or the label of a metric, for a page."""
    return _looked_up(text)


def _looked_up(text: str) -> str:
    entry = catalogue(_SPOKEN.get()).get(text, text)
    return entry if isinstance(entry, str) else text


def written(number: str) -> str:
    """A number that Python wrote, such as ``1,234.5``, with the marks of the current language."""
    language = manners()
    if language.decimal == ".":
        return number
    return number.translate({ord(","): language.thousands, ord("."): language.decimal})


def within_sentence(label: str) -> str:
    """A label where a sentence goes on: its first letter small, but for languages that write nouns with a capital."""
    return f"{label[:1].lower()}{label[1:]}" if manners().lowers_nouns else label


def starting(sentence: str) -> str:
    """The text with its first letter a capital."""
    return f"{sentence[:1].upper()}{sentence[1:]}"


def joined(parts: Iterable[str]) -> str:
    """``a; b; c``."""
    return manners().semicolon.join(parts)


def enumerated(parts: Iterable[str]) -> str:
    """``a, b, c``; ``a; b; c`` where a comma stands in numbers."""
    return joined(parts) if manners().decimal == "," else ", ".join(parts)


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else t("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])
