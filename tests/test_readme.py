"""Every command and every piece of code in README, docs and the glossary of rooms works.

A command is run in this process, in an empty folder, made small: fewer and shorter runs of a smaller market, without worker
processes, and after the first comparison without charts (``tests/charts`` draws them). What cannot be small is composed and
validated, or shown to exist. A command of a kind that is not in ``KINDS`` fails: say there how it is to be tried.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.comparison import report as comparison_report
from experiments.plans.command_line import SHORT_JOBS, long_forms
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan
from experiments.studies.parts import make_parts
from tests.commands import run
from tests.docs.shop import make_shop

pytestmark = pytest.mark.usefixtures("sketched")

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "sim/README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")))
OVERRIDES = {
    "docs/use/compare.md": "compare",
    "docs/use/decide.md": "compare",
    "docs/use/programmes.md": "compare",
    "docs/use/cluster.md": "compare",
    "docs/use/select.md": "select",
    "docs/use/study.md": "study",
    "docs/extend/study.md": "study",
    "docs/use/bookings.md": "calibrate",
    "docs/use/warehouse.md": "calibrate",
    "docs/use/own-data.md": "calibrate",
    "docs/use/replay.md": "replay",
}
"""Pages that show overrides outside of a whole command, and the command that takes them."""
OF_ANOTHER = ("lang=", "budget.", "parts.", "'~parts.", "section:")
"""Beginnings of those that another command takes."""
COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ )*(?:make|mission-dispatch|pip|(?:\.venv/bin/)?python3?|source|git|cd|uv|streamlit)\b")

WORLD = [
    "market.horizon_days=800",
    "market.warmup_days=60",
    "longest_window_months=12",
    "market.clients.arrivals_per_day=6",
    "market.pros.n=20",
    "executor=serial",
]
KINDS = {
    # plausible worlds are looked at in tests/experiments/test_worlds.py
    "compare": [*WORLD, "replications=2", "worlds=0"],
    "study": [*WORLD, "replications=2"],
    "realism": [*WORLD, "replications=2"],
    "select": [*WORLD, "n0=2", "budget=12"],
    # what else it simulates is tried in tests/experiments/test_lab.py
    "lab": [
        *("market.clients.arrivals_per_day=2", "market.pros.n=20", "replications=2", "executor=serial"),
        *("worlds=0", "shares=[]", "loads=[]", "rollout.bad=null"),
    ],
    "doctor": [],
    # those that a file leaves open in tests/experiments/calibration
    "calibrate": ["replications=2", "forecast_runs=20", "worlds=0"],
    "replay": ["replications=2", "market.pros.n=20", "executor=serial"],
    "store": [],
    "report": [],
}
"""Commands that are run, with what makes them small."""

TOO_LONG = {
    "make study": "study",
    "python -m experiments.study experiment=programmes": "study",
    "python -m experiments.study experiment=robust_order": "study",
    "python -m experiments.study experiment=threshold_map": "study",
    "python -m experiments.study experiment=interplay": "study",
    "python -m experiments.study experiment=interplay quick=true": "study",
}
"""Validated as a whole, but not run."""

SHOWN = ("explore", "worlds", "tune")
"""Commands that serve until they are stopped, or run for minutes: their --help is shown."""

MAKE_ONLY = (
    *("", "help", "setup", "test", "lint", "bench", "proof", "forecasts"),
    *("drills", "clean", "e2e", "docs", "figures", "wheel"),
)
"""Targets that are no command of the simulator, or run for minutes: they must exist, which ``make -n`` tells."""

PROOFS = (
    *("benchmarks.proof", "benchmarks.figures", "benchmarks.supply"),
    *("benchmarks.worlds", "benchmarks.over_worlds", "benchmarks.screen_worlds", "benchmarks.lab"),
    *("benchmarks.loss_market", "benchmarks.many_pros", "benchmarks.switched"),
)
"""Modules that run for minutes: their --help is shown."""

NOT_OURS = ("pip", "source", "cd", "git")
"""Words of the shell; what is installed is tried by tests/test_wheel.py."""


@dataclass(frozen=True)
class Block:
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)]


def without_comment(line: str) -> str:
    return re.sub(r"\s{2,}#.*$", "", line).strip()


def commands(page: str) -> Iterator[str]:
    """All commands, each once, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for block in blocks(page):
        lines = [line for line in block.text.replace("\\\n", " ").splitlines() if line.strip()]
        if block.language in ("sh", "bash", "console") or (not block.language and COMMAND.match(lines[0])):
            found += [without_comment(re.sub(r"^\$ ", "", line)) for line in lines if not line.startswith("#")]
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    found += [span for span in re.findall(r"`([^`\n]+)`", prose) if COMMAND.match(span) and not span.endswith(" ...")]
    return iter(dict.fromkeys(found))


def split(command: str) -> tuple[str, list[str], dict[str, str]]:
    """Which command of the simulator, or target of make, with which arguments and environment."""
    words = shlex.split(command)
    environment = {}
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[0] == "make":
        target = words[1] if len(words) > 1 else ""
        if target in MAKE_ONLY:
            return f"make {target}".strip(), [], environment
        dry = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=True)
        words = shlex.split(dry.stdout.splitlines()[-1])
    if words[:2] and re.fullmatch(r"(?:.*/)?python3?", words[0]) and words[1] == "-m":
        return words[2].removeprefix("experiments."), words[3:], environment
    if words[0] == "mission-dispatch":
        return words[1], words[2:], environment
    return words[0], words[1:], environment


def once() -> list[tuple[str, str]]:
    """Each command with the first page that shows it; ``make compare`` and ``mission-dispatch compare`` are one."""
    first: dict[str, tuple[str, str]] = {}
    for page in PAGES:
        for command in commands(page):
            first.setdefault(repr(split(command)), (page, command))
    return list(first.values())


COMMANDS = once()


def own_policy(folder: Path) -> None:
    """The policy and the score of the pages, in a package of one's own, with their yaml files in a folder of configurations."""
    where = {}
    shown = [block for page in PAGES for block in blocks(page)]
    for block in shown:
        if block.language == "python" and "class " in block.text:
            name = re.search(r"^class (\w+)", block.text, re.M)[1].lower()
            kind = "allocator" if "def visibility" in block.text else "score"
            package = folder / "my_team"
            package.mkdir(exist_ok=True)
            (package / "__init__.py").write_text("")
            (package / f"{name}.py").write_text(block.text)
            where[name] = kind
    for block in shown:
        if block.language == "yaml" and not block.text.startswith(("decision:", "numbers:")):
            target = re.search(r"_target_: sim\.\w+\.(\w+)\.", block.text)
            group, name = (where[target[1]], target[1]) if target else ("arm", re.search(r"score: (\w+)", block.text)[1])
            path = folder / "my_configs" / group / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(re.sub(r"sim\.(?:allocators|scores)", "my_team", block.text))


def bookings(path: Path) -> None:
    """Visits of 150 clients who come every 20 to 60 days in 2023 and 2024, a month sooner or later, some once.

    Gaps that were all alike would leave the fit of their regularity nothing to find, and much to search.
    """
    rows = ["client,date"]
    for client in range(150):
        first = 19_358 + 400 * client // 150
        for visit in range(1 if client % 3 == 0 else 2 + client % 7):
            rows.append(f"{client},{day(first + visit * (20 + client * 13 % 41) + (client * 31 + visit * 17) % 31)}")
    path.write_text("\n".join(rows) + "\n")
    # an experiment among them, by the clients' number
    tested = ["client,date,variant", *(f"{row},{'AB'[int(row.split(',')[0]) % 2]}" for row in rows[1:])]
    path.with_name("experiment.csv").write_text("\n".join(tested) + "\n")


def day(since_1970: int) -> str:
    import datetime

    return (datetime.date(1970, 1, 1) + datetime.timedelta(since_1970)).isoformat()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An empty folder with what the pages suppose there: a file of bookings, a package of one's own, a first comparison."""
    folder = tmp_path_factory.mktemp("readme")
    bookings(folder / "bookings.csv")
    make_shop(folder)
    own_policy(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert run("compare", KINDS["compare"]) == 0
    finally:
        os.chdir(before)
    assert (folder / "out/compare/report.html").is_file()
    return folder


@pytest.fixture
def there(place, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.setenv("SIM_PLUGINS", "my_team")
    monkeypatch.syspath_prepend(str(place))
    return place


def given(arguments: list[str]) -> set[str]:
    return {argument.partition("=")[0] for argument in arguments}


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=[command[:60] for _, command in COMMANDS])
def test_every_command_works(page, command, there, hardly_tried, monkeypatch, capsys):
    name, arguments, _ = split(command)
    if name.startswith("make"):
        subprocess.run(["make", "-n", *name.split()[1:]], cwd=ROOT, capture_output=True, check=True)
    elif name in NOT_OURS:
        pass
    elif name in PROOFS or "--help" in arguments:
        module = name if name in PROOFS else f"experiments.{name}"
        asked = [sys.executable, "-m", module, "--help"]
        assert "usage" in subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    elif name in SHOWN:
        with pytest.raises(SystemExit) as stop:
            run(name, ["--help"])
        assert stop.value.code == 0
    elif TOO_LONG.get(command) == name:
        parts = make_parts(compose_settings(name, arguments)).parts
        assert sum(part.n_runs for part in parts) > 0
    else:
        assert name in KINDS, f"{page}: {command!r} is of no kind that is tried: add it to KINDS of {Path(__file__).name}"
        monkeypatch.setattr(comparison_report, "write_report", lambda *_: None)
        if any("newcomers" in word or "busy" in word for word in arguments) and "--config-dir" not in arguments:
            # the pages put these files into the checkout, which a test must not write to
            arguments = ["--config-dir", "my_configs", *arguments]
        if "out/calibrate" in arguments and not Path("out/calibrate").is_dir():
            assert run("calibrate", ["data=bookings.csv", "columns=bookings", "name=mine", *KINDS["calibrate"]]) == 0
        arguments = [re.sub(r"=DIR$", "=out/compare", word) for word in arguments]
        # as the shell does
        arguments = [re.sub(r"\$\(cat (.*)\)", lambda found: Path(found[1]).read_text().rstrip("\n"), word) for word in arguments]
        small = [line for line in KINDS[name] if not line.startswith("executor") or "executor" not in given(arguments)]
        if name == "calibrate":
            shutil.rmtree("out/calibrate", ignore_errors=True)
        code = run(name, arguments + small)
        # figures of so small a market may be off, which realism says by its exit code
        assert code in ((0, 1) if name == "realism" else (0,)), capsys.readouterr().err


def overrides(page: str) -> list[str]:
    """What a page says to add to its command, each once."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    spans = [span for span in re.findall(r"`([^`\n]+)`", text) if re.match(r"'?[+~]?[a-z_.]+(=|'$)", span)]
    return list(dict.fromkeys(span for span in spans if not span.startswith(OF_ANOTHER)))


SHOWN_OVERRIDES = [(page, line) for page in OVERRIDES for line in overrides(page)]


@pytest.mark.parametrize(("page", "line"), SHOWN_OVERRIDES, ids=[line[:60] for _, line in SHOWN_OVERRIDES])
def test_every_override_is_valid(page, line):
    command = OVERRIDES[page]
    words = [word.replace("out=DIR", "out=a").replace("store=DIR", "store=b") for word in shlex.split(line)]
    # what reads bookings knows short forms of its keys
    settings = compose_settings(command, long_forms(words) if command in SHORT_JOBS else words)
    if command == "compare":
        plan = make_plan(settings, CompareOptions)
        assert plan.arms
        for name in plan.options.equivalence_margin or {}:
            plan.check_metric("equivalence_margin", name)


def test_the_table_of_overrides_is_seen():
    assert "decision.primary=return_rate_6m" in overrides("docs/use/compare.md")
    assert "'~decision.guardrails.fill_rate'" in overrides("docs/use/decide.md")


PROGRAMS = [
    (page, block.text) for page in PAGES for block in blocks(page) if block.language == "python" and "class " not in block.text
]


@pytest.mark.parametrize(("page", "program"), PROGRAMS, ids=[f"{page}-{i}" for i, (page, _) in enumerate(PROGRAMS)])
def test_every_program_runs(page, program, there):
    # made small as notebooks are: whoever calls compare or simulate gets these overrides, too
    small = "import functools, experiments\n"
    small += f"experiments.compare = functools.partial(experiments.compare, overrides={WORLD!r}, quiet=True)\n"
    small += f"experiments.simulate = functools.partial(experiments.simulate, overrides={WORLD!r})\n"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(there)])}
    done = subprocess.run(
        [sys.executable, "-c", small + program], cwd=there, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_new_command_is_seen():
    assert {command.split()[1] for _, command in COMMANDS if command.startswith("make ")} >= {"compare", "test", "figures"}
    assert COMMAND.match("SIM_PLUGINS=a PYTHONPATH=/b python -m experiments.compare")
    assert not COMMAND.match("market.horizon_days=800 longest_window_months=12")
    assert without_comment("make compare     # six policies") == "make compare"
    assert split("python -m experiments.guess x=1") == ("guess", ["x=1"], {})
    assert "guess" not in KINDS
