"""Reports in a made-up language, in which every text of the program stands in brackets, and in French and German."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from matplotlib.text import Text

from sim.report.document import Document
from sim.words import language
from sim.words.language import speaking
from tests.charts.words import unreadable
from tests.report.test_page import Outline
from tests.report.test_translated import Marked, unmarked


def in_marks(make: Callable[[], Document]) -> Document:
    """The report in the made-up language."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "catalogue", lambda code: Marked())
        with speaking("fr"):
            return make()


def bypassing(document: Document, names: str) -> set[str]:
    """Words of page, alternative texts, charts and short form that went through no catalogue and are no names."""
    page = Outline(document.html)
    drawn = [text.get_text().replace("\n", " ") for figure in document.figures for text in figure.figure.findobj(Text)]
    short = re.sub(r"\(figures/[\w.]+\)|```sh.*?```|<br>", " ", document.markdown, flags=re.DOTALL).replace("\\", "")
    html = re.sub(r"<(code|pre)\b.*?</\1>", " ", document.html, flags=re.DOTALL)
    texts = [Outline(html).text, *page.alts, *drawn, short, *re.findall(r'data-label="([^"]*)"', html)]
    return {word for text in texts for word in unmarked(re.sub(r"\w+(?:\.\w+)+", " ", text))} - set(names.split())


def check_language(code: str, make: Callable[[], Document], heading: str) -> dict[str, Any]:
    """A report is of its language, has decimal commas, and letters that can be read; returns its texts."""
    with speaking(code):
        document = make()
    page = Outline(document.html)
    assert f'<html lang="{code}">' in document.html
    assert heading in page.headings
    html = re.sub(r"<(code|pre)\b.*?</\1>", " ", document.html, flags=re.DOTALL)
    text = re.sub(r"\w+ \d+\.\d+\.\d+|\w+(?:\.\w+)* ?[={][^;]*|python \d\S*", " ", Outline(html).text)
    assert not re.findall(r"\d\.\d(?!\d\d\b)", " ".join([text, *page.alts])), re.findall(r".{20}\d\.\d(?!\d\d\b).{9}", text)
    for one in document.figures:
        for ax in one.figure.axes:
            assert unreadable(ax) == [], one.name
    return document.texts()
