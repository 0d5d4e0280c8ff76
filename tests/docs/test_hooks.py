"""What the site takes from elsewhere."""

import importlib.util
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("mkdocs", reason="make setup installs what builds the site")

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def hooks():
    """The module as mkdocs loads it: by its path."""
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["hooks"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["hooks"]


def on_site(hooks, text, path="use/page.md"):
    return hooks.on_page_markdown(text, SimpleNamespace(file=SimpleNamespace(src_uri=path)))


def test_a_section_ends_where_the_next_begins(hooks):
    text = "# Title\n\n## One\nfirst\n\n### Deeper\nmore\n\n## Two\nsecond\n"
    assert hooks.section(text, "One") == "first\n\n### Deeper\nmore"
    assert hooks.section(text, "Two") == "second"
    with pytest.raises(ValueError, match="heading = 'Three', is not in the file"):
        hooks.section(text, "Three")


def test_marks_go_and_what_lies_elsewhere_comes(hooks):
    page = 'of <!--= seed -->1<!-- --> run\n<!-- include: README.md "Install" -->\n<!-- figure: realism -->\n`x`\n<!-- end -->\n'
    shown = on_site(hooks, page)
    assert shown.startswith("of 1 run\n")
    assert "make wheel" in shown
    assert "<!--" not in shown


def test_links_out_of_the_docs_become_text(hooks):
    assert on_site(hooks, "see [rooms](../../sim/README.md#x) and [facts](facts.md)") == "see rooms and [facts](facts.md)"


def test_links_of_what_is_included_lead_to_the_same_page(hooks):
    assert "(../use/python.md)" in on_site(hooks, '<!-- include: README.md "Install" -->')
    assert "(use/python.md)" in on_site(hooks, '<!-- include: README.md "Install" -->', "index.md")


def test_a_yaml_is_described_by_its_opening_comment(hooks, tmp_path):
    path = tmp_path / "group" / "thing.yaml"
    path.parent.mkdir()
    path.write_text("# @package _global_\n# When to choose it.\n# More.\na: 1   # unit\n")
    assert hooks.first_line(path) == "When to choose it."
    assert hooks.described(path) == "### thing { #group-thing }\n\nWhen to choose it.\nMore.\n\n```yaml\na: 1   # unit\n```"


def test_every_configuration_and_every_module_has_a_place_in_the_reference(hooks):
    text = hooks.configurations()
    shown = re.findall(r"^### (\S+) \{", text, re.MULTILINE)
    assert len(shown) == len(list((ROOT / "configs").rglob("*.yaml")))
    modules = [path for path in (ROOT / "sim").rglob("*.py") if path.name != "__init__.py"]
    assert sum(map(len, hooks.rooms().values())) == len(modules)


def test_every_page_is_in_the_contents():
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages == set(re.findall(r": (\S+\.md)$", contents, re.MULTILINE))
