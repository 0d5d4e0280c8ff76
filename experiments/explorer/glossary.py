"""What a word means: the glossary of ``sim/README.md``, for the explorer's tooltips."""

import re
from functools import cache
from pathlib import Path

import sim

SECTION = re.compile(r"^## Glossary$(.+?)^## ", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^\| (?P<terms>[^|]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)
FIRST_ROWS = 2
"""The header and the line below it are no terms."""


@cache
def glossary() -> dict[str, str]:
    """Meanings by term; terms that are explained together have the same text."""
    text = (Path(sim.__file__).parent / "README.md").read_text(encoding="utf-8")
    found = SECTION.search(text)
    rows = list(ROW.finditer(found[1]))[FIRST_ROWS - 1 :] if found else []
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
