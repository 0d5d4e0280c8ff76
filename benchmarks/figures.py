"""Every figure that README and docs quote, written from what the code gives: ``make figures``.

A quoted table stands between ``<!-- figure: NAME -->`` and ``<!-- end -->``, a number in a sentence between ``<!--= NAME -->`` and
``<!-- -->``; ``FIGURES`` says what each is made from. Some are read off the configurations. The others need the default comparison
(a minute), whose values, run by run, are kept in ``docs/figures.json``: the texts are worked out from these values every time, and
``stale_values`` simulates one replication of every arm again. So neither an edited text nor a changed model goes unnoticed.
"""

import argparse
import contextlib
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments import load, simulate
from experiments.comparison.published import as_text
from experiments.doctor import main as visit_doctor
from experiments.execution.keys import RESULT_DIGEST
from experiments.plans.compose import CONFIGS, compose_settings
from experiments.plans.decide import decision_rule
from experiments.plans.plan import CompareOptions, make_plan
from sim.calibration.risks import first_visits, late_risk, star_risk
from sim.metrics.catalogue import metric
from sim.report.decision import NAMES, arm_sentence
from sim.report.format import TABLE_COLUMNS, reach, text_table
from sim.report.published import TARGETS, scorecard
from sim.report.rule import DecisionRule, decide
from sim.statistics.comparison import Comparison
from sim.statistics.comparison import compare as compared
from sim.statistics.intervals import Interval

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
VALUES = DOCS / "figures.json"
PICTURE = DOCS / "images" / "differences.svg"
COMPARE, REALISM = "python -m experiments.compare", "python -m experiments.realism"
CONFIG = "python -m experiments.compare --show-config"
DOCTOR = "python -m experiments.doctor data=bookings.csv"
BOOKINGS = ROOT / "tests" / "data" / "imports" / "holdout_rebooked.csv"
BLOCK = re.compile(r"(?<=<!-- figure: )(\w+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
INLINE = re.compile(r"(?<=<!--= )(\w+)( -->)(.*?)(?=<!-- -->)")
TOLERANCE = 1e-9
"""Relative: the last bits may differ where versions do."""


def pages() -> list[Path]:
    """Files whose figures are written."""
    return [ROOT / "README.md", ROOT / "sim" / "README.md", *sorted(DOCS.rglob("*.md"))]


@dataclass(frozen=True)
class Stored:
    """What ``make figures`` kept of the default comparison."""

    values: Mapping[str, Mapping[str, list[float]]]
    """By arm and metric, a value a replication."""
    printed: str
    """What the command printed, but for how long it took."""
    shares: Mapping[str, list[float]]
    """By policy that was looked at in plausible markets, the share of them in which it is worth rolling out, its interval and n."""
    picture: str
    """SHA-256 of the chart."""
    source: str
    """Digest of the source that every run depends on."""


@cache
def stored() -> Stored:
    """The values of the last ``make figures``."""
    return Stored(**json.loads(VALUES.read_text(encoding="utf-8")))


def forget() -> None:
    """Read the stored values again when they are next needed."""
    stored.cache_clear()
    comparison.cache_clear()


@cache
def settings() -> dict[str, Any]:
    """The configuration of the default comparison."""
    return dict(compose_settings("compare", []))


@cache
def realism_settings() -> dict[str, Any]:
    """The configuration of the realism check."""
    return dict(compose_settings("realism", []))


@cache
def default_plan() -> Any:
    """The default comparison, validated."""
    return make_plan(settings(), CompareOptions)


@cache
def comparison() -> Comparison:
    """The stored values, compared."""
    plan = default_plan()
    values = {arm: {name: np.array(column) for name, column in metrics.items()} for arm, metrics in stored().values.items()}
    measured = next(iter(values.values()))
    better = {metric.name: metric.better for metric in plan.metrics if metric.name in measured}
    return compared(values, plan.options.control, better, {arm: {} for arm in values}, references=plan.references)


def _table() -> str:
    return fenced(text_table(comparison()))


def rule() -> DecisionRule:
    """What decides in the default comparison."""
    return decision_rule(default_plan().options.decision, default_plan().metrics)


def _sentences() -> list[str]:
    """What the rule says about each arm, as the command prints it."""
    decision = decide(comparison(), rule(), shares={arm: Interval(*numbers) for arm, numbers in stored().shares.items()})
    name = f"Decision: {NAMES[decision.outcome]}"
    sentences = (arm_sentence(decision, one) for one in decision.arms.values())
    return [name, *(textwrap.fill(f"- {one}", TABLE_COLUMNS, subsequent_indent="  ") for one in sentences)]


def _printed() -> str:
    """What ``make compare`` prints, once its table and each of its sentences are found to be what the stored values give."""
    text = stored().printed
    for part in (text_table(comparison()), *_sentences()):
        if part not in text:
            raise StaleError(f"{COMPARE} no longer prints what it did: run make figures. Not found:\n{part}")
    return fenced(text)


def _realism() -> str:
    """The table of ``make realism``, which judges the same runs of one arm."""
    realism = realism_settings()
    arm = realism["control"]
    of_arm = {name: np.array(column) for name, column in stored().values[arm].items()}
    head = f"Market {default_plan().market.name}, arm {arm}, {realism['replications']} replications, seed {realism['seed']}"
    return fenced(f"{head}\n{as_text(scorecard(of_arm))}")


def _same_pro() -> str:
    """Share of returners who come back to the same pro."""
    return hundredths(float(np.mean(stored().values[settings()["studied"]]["same_pro_return_share"])))


def _decision() -> str:
    """The keys of the section ``decision`` that decide, with the comments of the file."""
    text = (CONFIGS / "compare.yaml").read_text(encoding="utf-8")
    rows = re.search(r"^decision:\n(?:  .*\n)+", text, re.MULTILINE)
    if rows is None:
        raise StaleError("compare.yaml has no section decision")
    kept = [row for row in rows[0].splitlines() if not re.match(r"  (question|follows):", row)]
    shown = "\n".join(re.sub(r"(guardrails:)\s+#.*", r"\1", row) for row in kept)
    return fenced(shown, "yaml")


def _layers() -> str:
    """The order of imports that the contracts in ``pyproject.toml`` hold, from the bottom up."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    lines = []
    for contract in contracts:
        if contract["type"] == "layers":
            flow = " → ".join(reversed(contract["layers"]))
            lines.append(textwrap.fill(f"{contract['containers'][0]}: {flow}", TABLE_COLUMNS, subsequent_indent="  "))
    return fenced("\n".join(lines))


def fenced(text: str, language: str = "") -> str:
    """Text as a block of code."""
    return f"```{language}\n{text}\n```\n"


def hundredths(value: float) -> str:
    """``.64``, as tables of the model card write shares."""
    return f"{value:.2f}".removeprefix("0")


def rounded(value: float) -> str:
    """A count to the nearest thousand: ``17,000``."""
    return f"{round(value, -3):,.0f}"


class StaleError(Exception):
    """A quoted figure is not what the code gives."""


@dataclass(frozen=True)
class Figure:
    """A figure, and what it is made from."""

    source: str
    """The command, or the computation, behind it."""
    text: Callable[[], str]


@cache
def doctor() -> tuple[str, str]:
    """What the doctor prints about a small file of bookings, and the columns that it leaves to correct."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        shutil.copy(BOOKINGS, "bookings.csv")
        with contextlib.redirect_stdout(printed):
            visit_doctor(DOCTOR.split()[3:])
        columns = Path("out/doctor/columns.yaml").read_text(encoding="utf-8")
    return fenced(printed.getvalue().strip()), fenced(columns.strip())


FIGURES = {
    "compare": Figure(COMPARE, _printed),
    "compare_table": Figure(COMPARE, _table),
    "compare_decision": Figure(COMPARE, lambda: fenced("\n".join(_sentences()))),
    "realism": Figure(REALISM, _realism),
    "same_pro": Figure(REALISM, _same_pro),
    "decision": Figure(CONFIG, _decision),
    "smallest_effect": Figure(CONFIG, lambda: reach(rule().smallest_effect, metric(rule().primary).unit)),
    "n_arms": Figure(CONFIG, lambda: str(len(settings()["arm"]))),
    "replications": Figure(CONFIG, lambda: str(settings()["replications"])),
    "seed": Figure(CONFIG, lambda: str(settings()["seed"])),
    "horizon_days": Figure(CONFIG, lambda: f"{default_plan().market.horizon_days:,.0f}"),
    "warmup_days": Figure(CONFIG, lambda: f"{default_plan().market.warmup_days:,.0f}"),
    "n_clients": Figure(
        CONFIG, lambda: rounded(default_plan().market.clients.arrivals_per_day * default_plan().market.horizon_days)
    ),
    "n_pros": Figure(CONFIG, lambda: str(default_plan().market.pros.n)),
    "late_risk": Figure(
        "sim.calibration.risks.late_risk",
        lambda: hundredths(late_risk(first_visits(default_plan().market), default_plan().market.stay.late)),
    ),
    "star_risk": Figure("sim.calibration.risks.star_risk", lambda: hundredths(star_risk(first_visits(default_plan().market), 1.0))),
    "n_targets": Figure("sim.report.published.TARGETS", lambda: str(len(TARGETS))),
    "doctor": Figure(DOCTOR, lambda: doctor()[0]),
    "doctor_columns": Figure(DOCTOR, lambda: doctor()[1]),
    "layers": Figure("pyproject.toml", _layers),
    "n_notebooks": Figure("ls notebooks", lambda: str(len(list((ROOT / "notebooks").glob("*.ipynb"))))),
    "budget_eur": Figure(
        "python -m experiments.study experiment=programmes --show-config",
        lambda: f"{compose_settings('study', ['experiment=programmes'])['budget']['eur_per_year']:,.0f}",
    ),
}


def written(text: str) -> str:
    """A page with every figure as the code gives it.

    Raises
    ------
    StaleError
        A figure is unknown, or the stored values no longer give what was printed.
    """

    def filled(found: re.Match[str]) -> str:
        name, mark, _ = found.groups()
        if name not in FIGURES:
            raise StaleError(f"figure = {name!r}, must be one of: {', '.join(FIGURES)}")
        return f"{name}{mark}{FIGURES[name].text()}"

    return INLINE.sub(filled, BLOCK.sub(filled, text))


def kept_metrics() -> set[str]:
    """Metrics that some figure is made from."""
    headline = {metric.name for metric in default_plan().metrics if metric.headline}
    return headline | {rule().primary, *(one.metric for one in rule().guardrails)} | {target.metric for target in TARGETS}


def stale_values(replication: int) -> list[str]:
    """Stored values that a run does not give now, of one replication of every arm; nothing is read from a store."""
    wrong = []
    for arm, metrics in stored().values.items():
        run = simulate(arm, settings()["market"]["name"], seed=settings()["seed"], replication=replication)
        for name, column in metrics.items():
            was, now = column[replication], run.metrics[name]
            if not np.isclose(was, now, rtol=TOLERANCE, atol=0, equal_nan=True):
                wrong.append(f"{arm}, {name}, replication {replication}: stored {was!r}, simulated {now!r}")
    return wrong


def picture_digest() -> str:
    """SHA-256 of the chart in the README."""
    return hashlib.sha256(PICTURE.read_bytes()).hexdigest()


def simulate_figures() -> None:
    """Run the default comparison and the realism check, and keep what figures are made from.

    Raises
    ------
    StaleError
        What the commands print cannot be worked out from the values kept.
    """
    store = f"store={ROOT / 'results'}"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "compare"
        printed = run_command(f"{COMPARE} out={out} {store}")
        checked = run_command(f"{REALISM} out={Path(folder) / 'realism'} {store}")
        values: dict[str, dict[str, list[float]]] = {}
        result = load(out)
        shares = {arm: list(astuple(share)) for arm, share in (result.over.shares if result.over else {}).items()}
        for row in result.values.to_pylist():
            if row["metric"] in kept_metrics():
                values.setdefault(row["arm"], {}).setdefault(row["metric"], []).append(row["value"])
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes((out / "figures" / "differences.svg").read_bytes())
    text = re.split(r"\n+\d+ of \d+ runs simulated", printed.strip())[0]
    kept = Stored(values, text, shares, picture_digest(), RESULT_DIGEST)
    VALUES.write_text(json.dumps(kept.__dict__, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    forget()
    if _realism().removeprefix("```\n").removesuffix("\n```\n") not in checked:
        raise StaleError(f"{REALISM} prints something else than its table worked out from the values of {COMPARE}:\n{checked}")


def run_command(command: str) -> str:
    """What a command of the simulator prints."""
    words = [sys.executable, *command.split()[1:]]
    return subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="show what each figure is made from and stop")
    parser.add_argument("--keep", action="store_true", help="write the pages from the values stored, without simulating")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{name:18}{figure.source}" for name, figure in FIGURES.items()))
        return 0
    if not options.keep:
        simulate_figures()
    for path in pages():
        before = path.read_text(encoding="utf-8")
        after = written(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
