import pytest

from sim.report.answers.compared import compared_section
from tests.report.parts import made


@pytest.mark.parametrize(("rate", "words"), [(0.32, "mine is clearly better than uniform"), (0.30, "No arm is clearly better")])
def test_any_other_comparison_has_a_section_of_its_own(rate: float, words: str) -> None:
    section = compared_section(made({"uniform": 0.30, "mine": rate}, name="ours", studied="mine"))
    assert section.answer.startswith(words)
    assert section.name == "ours"
