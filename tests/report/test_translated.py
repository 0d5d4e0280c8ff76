"""Pages in other languages: nothing stays English."""

import json
import re
from dataclasses import replace

import pytest
from matplotlib.text import Text

from sim.report.assumptions import PRICES
from sim.report.document import Document
from sim.report.extras import ComparisonRecord
from sim.report.page import comparison_document, scorecard_of
from sim.report.settling import Settling, WantedPrecision
from sim.statistics.comparison import Comparison
from sim.statistics.precision import Precision
from sim.statistics.warm_up import judge_warm_up
from sim.words import language
from sim.words.language import speaking
from tests.charts.comparisons import GAIN, make_comparison
from tests.charts.words import unreadable
from tests.report.test_page import EXTRAS, Outline

COMPARISON = make_comparison(
    {"eins": GAIN, "zwei": (-0.01, 0.0, 0.01), "drei": (-0.03, -0.03, -0.031), "oracle": GAIN}, control="null"
)
SERIES = make_comparison({}).curves["uniform"]["time_to_second_booking"][:, :60]
NAMES = "eins zwei drei null oracle uniform personal_care python experiments realism report compare replications out FOLDER lang fr"
FULL = replace(
    EXTRAS,
    arm_descriptions={"eins": "Everybody is equally visible."},
    strict=("zwei",),
    realism_arm="eins",
    hashes={"Runs": "0123"},
    rule=replace(EXTRAS.rule, question=""),
    assumptions=[PRICES],
    precision=WantedPrecision("return_rate_6m", 0.005, Precision(3, 2, 0.004, True, "precision reached")),
    settling=Settling(judge_warm_up(SERIES, 366.0), "zwei", True),
    pays_for_growth=True,
)


class Marked(dict[str, str]):
    """A language in which every text of the program stands in brackets, so that what does not is seen."""

    def get(self, text: str, default: object = None) -> str:  # type: ignore[override]
        return f"⟦{text}⟧"


def unmarked(text: str) -> list[str]:
    """Words of a text that went through no catalogue and are no names."""
    before = ""
    while before != text:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    found = re.findall(r"[^\W\d_]{2,}", re.sub(r"\w*_\w+", " ", text))
    return [word for word in found if word not in NAMES.split()]


@pytest.fixture(scope="module")
def marked() -> Document:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "catalogue", lambda code: Marked())
        with speaking("fr"):
            return comparison_document(ComparisonRecord(COMPARISON, FULL))


def test_every_word_of_the_page_goes_through_the_catalogue(marked: Document) -> None:
    page = Outline(marked.html)
    # numpy and python are software; Gini is a name
    assert set(unmarked(page.text)) <= {"numpy", "Gini"}
    for alt in page.alts:
        assert not unmarked(alt), alt
    labels = re.findall(r'data-label="([^"]*)"', marked.html)
    assert labels
    assert not unmarked(" ".join(labels))


def test_every_word_of_the_charts_goes_through_the_catalogue(marked: Document) -> None:
    drawn = [text.get_text() for figure in marked.figures for text in figure.figure.findobj(Text)]
    assert len(drawn) > 100
    left = [word for text in drawn for word in unmarked(text.replace("\n", " "))]
    # a long title is cut into lines, within its brackets
    assert set(left) <= {"Gini", "wecasa"}


def test_every_word_of_the_short_form_goes_through_the_catalogue(marked: Document) -> None:
    short = re.sub(r"\(figures/[\w.]+\)|```sh.*?```|<br>", " ", marked.markdown, flags=re.DOTALL)
    assert not unmarked(short.replace("\\", ""))


@pytest.mark.parametrize("code", ["fr", "de"])
def test_the_page_is_of_its_language_and_as_complete_as_the_english_one(code: str) -> None:
    with speaking(code):
        document = comparison_document(ComparisonRecord(COMPARISON, FULL))
    page = Outline(document.html)
    assert f'<html lang="{code}">' in document.html
    headings = {"fr": "Comment reproduire", "de": "Wie man es wiederholt"}
    assert headings[code] in page.headings
    assert len(document.figures) == len(page.alts)
    assert len(document.html.encode()) < 2_000_000
    # decimal commas: no digit, point, digit outside of versions, commands and file names
    text = re.sub(r"python -m.*?(?=[A-ZÀ-Ý]|$)|numpy [\d.]+, python [\d.]+", "", page.text)
    assert not re.findall(r"\d\.\d(?!\d\d\b)", text)
    assert f'"language": "{code}"' in str(document.scorecard)
    # words are longer than in English, and stay on the sheet all the same
    for one in document.figures:
        for ax in one.figure.axes:
            assert unreadable(ax) == [], one.name


def test_numbers_and_decisions_do_not_depend_on_the_language() -> None:
    found = {}
    for code in ("en", "fr", "de"):
        with speaking(code):
            found[code] = json.loads(scorecard_of(ComparisonRecord(COMPARISON, FULL)))

    def numbers(node: object) -> object:
        if isinstance(node, dict):
            return {
                key: numbers(value)
                for key, value in node.items()
                if key not in ("text", "sentence", "follows", "label", "language")
            }
        return [numbers(one) for one in node] if isinstance(node, list) else node

    assert numbers(found["en"]) == numbers(found["fr"]) == numbers(found["de"])
    assert isinstance(COMPARISON, Comparison)
