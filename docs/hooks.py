"""What the site shows that lies elsewhere: sections of other files, ``--help``, comments of the yaml files, docstrings.

A page says where with ``<!-- include: FILE "Heading" -->`` or ``<!-- generate: NAME -->``. Both are filled when the site is built,
so that nothing stands twice. Used by ``mkdocs.yml``; ``make docs`` builds the site.
"""

import ast
import contextlib
import io
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from experiments.main import commands as all_commands
from experiments.plans.compose import CONFIGS

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r"^<!-- include: (\S+)(?: \"([^\"]+)\")? -->$", re.MULTILINE)
GENERATE = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)
MARKS = re.compile(r"^<!-- (?:figure: \w+|end) -->\n?|<!--= \w+ -->|<!-- -->", re.MULTILINE)
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:README|CHANGELOG|sim/|benchmarks/|CITATION)[^)]*\)")
"""A link to a file beside the docs: on the site there is no such page."""


def section(text: str, heading: str) -> str:
    """What stands below a heading of the second level.

    Raises
    ------
    ValueError
        There is no such heading.
    """
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"heading = {heading!r}, is not in the file")
    return found[1].strip()


def included(file: str, heading: str | None, up: str = "") -> str:
    """A file of the repository, or a section of it; ``up`` leads from the page to the docs, for its links."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("](docs/", f"]({up}")
    return section(text, heading) if heading else text.strip()


def commands() -> str:
    """What each command says with ``--help``."""
    parts = []
    for name in all_commands():
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
            import_module(f"experiments.{name}").main(["--help"])
        parts.append(f"## {name}\n\n```text\n{shown.getvalue().strip()}\n```")
    return "\n\n".join(parts)


def opening(text: str) -> str:
    """The comment that a yaml file opens with, but for a line meant for Hydra."""
    lines = [line for line in text.splitlines() if not line.startswith("# @package")]
    above = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(line.removeprefix("#").strip() for line in lines[:above])


def configurations() -> str:
    """Each configuration by group: what it is for, in its own words, and all of it."""
    groups = [folder for folder in sorted(CONFIGS.iterdir()) if folder.is_dir() and any(folder.glob("*.yaml"))]
    parts = ["## Commands", *(described(path) for path in sorted(CONFIGS.glob("*.yaml")))]
    for folder in groups:
        files = sorted(folder.glob("*.yaml"))
        rows = [f"| [{path.stem}](#{folder.name}-{path.stem}) | {first_line(path)} |" for path in files]
        parts += [f"## {folder.name}", "\n".join(["| name | when to choose it |", "|---|---|", *rows]), *map(described, files)]
    return "\n\n".join(parts)


def first_line(path: Path) -> str:
    """When to choose a configuration."""
    return opening(path.read_text(encoding="utf-8")).partition("\n")[0].replace("|", r"\|")


def described(path: Path) -> str:
    """A configuration: its opening comment as text, the rest as it is."""
    text = path.read_text(encoding="utf-8")
    words = opening(text)
    rest = text.split("\n", next(i for i, line in enumerate([*text.splitlines(), ""]) if not line.startswith("#")))[-1]
    group = "" if path.parent == CONFIGS else f"{path.parent.name}-"
    return f"### {path.stem} {{ #{group}{path.stem} }}\n\n{words}\n\n```yaml\n{rest.strip()}\n```"


def public() -> str:
    """The functions and classes of ``from experiments import ...``."""
    homes: dict[str, str] = import_module("experiments")._HOMES
    options = "\n    options:\n      heading_level: 2\n      show_root_full_path: false"
    return "\n\n".join(f"::: {home}.{name}{options}" for name, home in sorted(homes.items()))


def rooms() -> dict[str, list[str]]:
    """By page of the reference, the modules on it."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "sim").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if path.name != "__init__.py":
            found.setdefault("sim" if len(parts) == 2 else f"sim.{parts[1]}", []).append(".".join(parts))
    return found


def metrics() -> str:
    """All metrics by their fixed names."""
    from sim.metrics.catalogue import METRICS

    rows = [f"| `{one.name}` | {one.label} | {one.unit} | {one.better or 'depends'} | {one.meaning} |" for one in METRICS]
    return "\n".join(["| name | label | unit | better | meaning |", "|---|---|---|---|---|", *rows])


def modules() -> str:
    """By room of ``sim``, its modules and what each is for, with a link to the room's page."""
    parts = []
    for room, names in rooms().items():
        rows = [f"| `{name.rpartition('.')[2]}` | {purpose(name)} |" for name in names]
        parts += [f"## [{room}](modules/{room}.md)", "\n".join(["| module | what it is for |", "|---|---|", *rows])]
    return "\n\n".join(parts)


def purpose(module: str) -> str:
    """The first sentence of a module's docstring."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    words = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return " ".join(words.split("\n\n")[0].split()).replace("|", r"\|")


GENERATED: dict[str, Callable[[], str]] = {
    "commands": commands,
    "configurations": configurations,
    "metrics": metrics,
    "public": public,
    "modules": modules,
}


def on_config(config: Any) -> Any:
    """Put the rooms of ``sim`` below the reference."""
    config.nav[-1]["Reference"].append({"Modules": [{room: f"reference/modules/{room}.md"} for room in rooms()]})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each room of ``sim``."""
    for room, names in rooms().items():
        text = "\n\n".join([f"# {room}", *(f"::: {name}\n    options:\n      heading_level: 2" for name in names)])
        files.append(File.generated(config, f"reference/modules/{room}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fill in what lies elsewhere, and drop the marks of figures."""
    up = "../" * page.file.src_uri.count("/")
    text = INCLUDE.sub(lambda found: included(found[1], found[2], up), markdown)
    text = GENERATE.sub(lambda found: GENERATED[found[1]](), text)
    return OUTSIDE.sub(r"\1", MARKS.sub("", text))
