"""Plausible worlds written into the yaml that says what is uncertain, as a joint sample."""

import json
import re
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from experiments.execution.runner import Runner
from experiments.execution.store import write_text
from experiments.outputs.folder import MARKER, check_out, check_writable
from experiments.outputs.tables import as_csv
from experiments.plans.compose import CONFIGS, as_yaml
from experiments.plans.plan import MatchOptions, make_plan
from experiments.plans.settings import Settings
from experiments.uncertain.matching import N_WAVE, matched_sample, targets_of
from experiments.uncertain.sample import Sample
from experiments.uncertain.tables import narrowed_rows
from sim.config import ConfigError
from sim.words.aligned import aligned
from sim.worlds.prior import Prior, Value, market_digest

SECTION = re.compile(r"^draws:.*\Z", re.M | re.S)
"""Of an earlier sample: the last of the file."""
NARROWED = ("number", "prior_low", "prior_median", "prior_high", "spread")
"""Quantiles .05, .5, .95 of the prior; spread of plausible worlds as a share of the prior's."""


def draws_text(prior: Prior, of: Sequence[str], rows: Sequence[Sequence[Value]], about: str, more: Sequence[str] = ()) -> str:
    """The section ``draws`` of a yaml: a joint sample of numbers and switches.

    Parameters
    ----------
    about
        What the sample is, in a sentence.
    more
        Further lines of the section.
    """
    lines = [f"draws:  # {about}", f"  from: {json.dumps(about)}", f"  market: {market_digest(prior.base)}", *more]
    lines += textwrap.wrap(
        f"  of: [{', '.join(of)}]", 128, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    lines += ["  rows:", *(f"    - [{', '.join(_cell(value) for value in row)}]" for row in rows)]
    return "\n".join(lines) + "\n"


def _cell(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value)


def source_of(name: str, said: Mapping[str, Any]) -> str:
    """What is uncertain as a yaml, without an earlier sample: the project's own file with its comments where it says the same."""
    path = CONFIGS / "worlds" / f"{name}.yaml"
    text = SECTION.sub("", path.read_text(encoding="utf-8")) if path.is_file() else ""
    # json has no keys but texts, which makes both alike
    if json.dumps(yaml.safe_load(text or "{}")) != json.dumps(said):
        text = as_yaml(said)
    return text.rstrip() + "\n\n"


def run_worlds_job(settings: Settings, command: str) -> int:
    """Match, write yaml and tables, and print what is left; returns the exit code."""
    started = time.perf_counter()
    said = {key: value for key, value in (settings.get("uncertain") or {}).items() if key != "draws"}
    plan = make_plan({**settings, "uncertain": said or None}, MatchOptions)
    prior, options = plan.prior, plan.options
    if prior is None or prior.is_one_market:
        raise ConfigError(f"market = {plan.market.name}, nothing about it is uncertain: there is no worlds/{plan.market.name}.yaml")
    if prior.known:
        raise ConfigError(f"market.{prior.known[0]}, is given: worlds are written for a market as its yaml has it")
    check_out(plan.out, "worlds")
    check_writable("store", plan.store)
    targets = targets_of(plan)
    with Runner(plan.store, options.executor) as runner:
        sample = matched_sample(plan, runner)
    name = options.plausible or plan.market.name
    path = write_sample(plan.out, name, sample, said)
    print_sample(sample, targets, path, command, time.perf_counter() - started)
    return 0


def write_sample(out: Path, name: str, sample: Sample, said: Mapping[str, Any]) -> Path:
    """The yaml with its sample, and what was narrowed as a table; returns the yaml."""
    prior = sample.prior
    about = f"worlds whose figures real markets have: history matching, {sample.n_matching} runs"
    more = (f"  survived: [{', '.join(f'{share:.4g}' for share in sample.survived)}]", f"  simulated: {sample.n_matching}")
    path = out / "worlds" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(out / MARKER, "worlds\n")
    write_text(out / "narrowed.csv", as_csv(NARROWED, narrowed_rows(sample.numbers)))
    write_text(path, source_of(name, said) + draws_text(prior, prior.names, sample.worlds, about, more))
    return path


def print_sample(sample: Sample, targets: dict[str, tuple[float, float]], path: Path, command: str, seconds: float) -> None:
    """What is left of the prior, and which numbers the targets have narrowed."""
    shares = ", ".join(f"{100 * share:.3g} %" for share in sample.survived)
    print(f"\n{len(sample.prior.names)} uncertain numbers and switches, {len(targets)} targets, {sample.n_matching} runs")
    print(f"Not ruled out after waves of {N_WAVE} runs: {shares} of the prior\n")
    numbers = sorted((one for one in sample.numbers if one.spread == one.spread), key=lambda one: one.spread)
    rows = [(one.name, *(f"{end:.3g}" for end in one.prior), f"{one.spread:.2f}") for one in numbers]
    print("\n".join(aligned([("number", "5 %", "median", "95 %", "spread left"), *rows])))
    print("\nSpread left: standard deviation over plausible worlds as a share of the prior's.")
    print(f"\nWorlds:  {path}   ({seconds:.0f} s)")
    print(f"Use it:  python -m experiments.compare --config-dir {path.parent.parent} worlds=64")
