"""What a word means: the glossary, for the explorer's tooltips."""

import re
from functools import cache
from importlib.resources import files

ROW = re.compile(r"^\| (?P<terms>[^|]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)


@cache
def glossary() -> dict[str, str]:
    """Meanings by term, from ``sim/words/glossary.md``; terms that are explained together have the same text."""
    text = files("sim.words").joinpath("glossary.md").read_text(encoding="utf-8")
    _header, *rows = ROW.finditer(text)
    return {term.strip(): row["meaning"].strip() for row in rows for term in row["terms"].split(",")}


def tip(*terms: str) -> str:
    """The meanings of some terms, one a paragraph, as streamlit's ``help`` wants them.

    Raises
    ------
    KeyError
        A term is not in the glossary.

    Examples
    --------
    >>> tip("store")[:26]
    '**store**: folder of resul'
    """
    return "\n\n".join(f"**{term}**: {glossary()[term]}" for term in terms)
