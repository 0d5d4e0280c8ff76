"""The short form for pull requests."""

import re

import pytest

from sim.report.extras import ComparisonRecord
from sim.report.markdown import code, escaped, table
from sim.report.page import comparison_document
from tests.charts.comparisons import GAIN, make_comparison
from tests.report.test_page import EXTRAS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wecasa_2025", "wecasa_2025"),
        ("_x_", r"\_x\_"),
        ("a|b", r"a\|b"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("[a](b)", r"\[a\](b)"),
        ("a\nb", "a b"),
        ("**b** `c` #1 ~x~", r"\*\*b\*\* \`c\` \#1 \~x\~"),
        ("@team &amp;", "&#64;team &amp;amp;"),
    ],
)
def test_names_show_as_they_are(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_a_command_with_backticks_stays_one_block() -> None:
    assert code("ls") == "```sh\nls\n```"
    assert code("a ```` b").startswith("`````sh\n")


def test_a_table_has_a_line_a_row() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_it_has_decision_table_pictures_and_command_and_no_row_breaks_out() -> None:
    evil = "x | y <b> [z](http://a) \n# h"
    document = comparison_document(ComparisonRecord(make_comparison({evil: GAIN}), EXTRAS))
    text = document.markdown
    assert text.startswith("## Which policy brings more clients back?\n\n**Roll out.** ")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 2
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    assert "<b>" not in text
    assert not re.search(r"^# h", text, re.MULTILINE)
    for name in re.findall(r"\(figures/(\w+)\.png\)", text):
        assert name in {figure.name for figure in document.figures}
    assert f"```sh\n{EXTRAS.command}\n```" in text
