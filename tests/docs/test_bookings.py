"""The page about bookings knows every key, reason and tool that the code knows."""

import re
from pathlib import Path

from experiments.plans.compose import CONFIGS
from sim.bookings.cells import MOST_UNREADABLE
from sim.bookings.columns import MEANINGS, Columns
from sim.bookings.quality import quality_of
from sim.bookings.rows import FAR_DAYS, REASONS
from sim.bookings.visits import FEWEST_CLIENTS
from tests.bookings.tools import TOOLS

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "use" / "bookings.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return re.split(r"^## ", PAGE.split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]


def in_tables(text: str) -> list[str]:
    """What the first cells of the tables of a section name."""
    return [name for cell in re.findall(r"^\|([^|]*)\|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)]


def test_each_meaning_and_each_key_of_a_mapping_is_explained_once() -> None:
    assert sorted(in_tables(section("What a column can mean"))) == sorted(Columns.model_fields)


def test_each_meaning_of_a_status_is_named() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `statuses`"))
    assert tuple(re.findall(r"`(\w+)`", row)[2:]) == MEANINGS


def test_each_reason_for_leaving_a_row_out_is_explained_once() -> None:
    assert sorted(in_tables(section("What is left out, and why"))) == sorted(REASONS)


def test_each_key_of_the_quality_file_is_explained_once() -> None:
    assert quality_of.__doc__ is not None
    returned = quality_of.__doc__.split("Returns")[1]
    assert sorted(in_tables(section("quality.json"))) == sorted(re.findall(r"``(\w+)``", returned))


def test_each_tool_with_a_mapping_is_named() -> None:
    named = set(re.findall(r"`columns=(\w+)`", PAGE))
    assert named == set(TOOLS)
    assert all((CONFIGS / "data" / f"{name}.yaml").is_file() for name in named)


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    assert f"more than {FAR_DAYS} days" in section("What is left out, and why")
    assert f"more than {MOST_UNREADABLE:.0%}".replace("%", " %") in section("What is refused")
    assert f"fewer than {FEWEST_CLIENTS} clients" in section("What is refused")
