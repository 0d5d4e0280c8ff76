"""Links between README, docs and the other pages of the repository lead somewhere, on the site and where the files are read."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "sim" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILLED = ("commands.md", "configurations.md", "metrics.md", "python.md", "sim.md")
"""Pages of the reference, most of which are filled when the site is built."""


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_to_a_file_and_a_heading_of_it(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)):
        file, _, heading = link.partition("#")
        assert not link.startswith(("http:", "https:")), f"{link}: pages name sources, they do not link to hosts"
        target = (page.parent / file).resolve() if file else page
        assert target.is_file(), link
        if heading and target.name not in FILLED:
            assert heading in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_file_that_a_page_names_is_there(page):
    named = re.findall(r"`((?:tests|sim|experiments|benchmarks|configs|docs)/[\w/.-]+\.\w+)`", page.read_text(encoding="utf-8"))
    made_by_readers = {name for name in named if re.search(r"/(x|newcomers|busy)\.\w+$", name)}
    assert [name for name in named if name not in made_by_readers and not (ROOT / name).exists()] == []


def test_headings_are_named_as_links_name_them(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A policy, of `your` own\n\n```\n# no heading\n```\n\n## Roll-out (95 %)\n")
    assert anchors(page) == {"a-policy-of-your-own", "roll-out-95"}
