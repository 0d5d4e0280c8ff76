"""What somebody chose on the screen, and what that is as a configuration: the same overrides as on the command line."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiments.plans.compose import CONFIGS, compose_settings
from experiments.plans.plan import CompareOptions, Plan, make_plan

JOB = "compare"
SIZES_PERCENT = (10, 25, 50, 100)
WINDOWS_MONTHS = (6, 12, 24)
WORLDS = (0, 16, 64)
_COMPOSING = threading.Lock()
"""Hydra keeps the state of one composition in globals, and each browser tab has a thread."""

KEYS = {
    "studied": ("studied", "arm"),
    "control": ("control",),
    "min_sessions": ("score.min_sessions",),
    "strength": ("allocator.strength",),
    "payback_bookings": ("economics.payback_bookings",),
    "market": ("market",),
    "size_percent": ("clients.arrivals_per_day", "pros.n"),
    "months": ("longest_window_months", "market.horizon_days", "warmup_days"),
    "replications": ("replications",),
    "worlds": ("worlds", "plausible"),
    "seed": ("seed",),
}
"""By field of a choice: ends of the keys that messages name."""


@dataclass(frozen=True)
class Choice:
    """A setting; None stands for what the yaml says."""

    studied: str = "wecasa_2025"
    control: str = "uniform"
    others: tuple[str, ...] = ()
    min_sessions: int | None = None
    """Of the studied arm's score."""
    strength: float | None = None
    """Of the studied arm's allocator."""
    payback_bookings: int | None = None
    market: str = "personal_care"
    size_percent: int = 50
    """Of the market's clients and pros."""
    months: int = 24
    replications: int = 8
    worlds: int = 0
    """Plausible worlds in which the decision is looked at."""
    seed: int = 1

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms, the control first."""
        return tuple(dict.fromkeys((self.control, *self.others, self.studied)))


@dataclass(frozen=True)
class Base:
    """What the yaml files say about the numbers that can be changed."""

    min_sessions: int | None
    """None: the studied arm's score has no such threshold."""
    strength: float | None
    """None: the studied arm's allocator has no strength."""
    payback_bookings: int
    arrivals_per_day: float
    n_pros: int


def compose(overrides: Sequence[str], config_dirs: Sequence[Path] = ()) -> dict[str, Any]:
    """``compose_settings`` of the comparison, one thread at a time."""
    with _COMPOSING:
        return compose_settings(JOB, overrides, config_dirs)


@lru_cache(maxsize=256)
def base(studied: str, market: str, config_dirs: tuple[Path, ...] = ()) -> Base:
    """What the yaml files say.

    Raises
    ------
    ConfigError
        There is no such arm or market.
    """
    settings = compose([f"arm=[{studied}]", f"market={market}"], config_dirs)
    arm, whole = settings["arms"][studied], settings["market"]
    return Base(
        min_sessions=arm["score"].get("min_sessions"),
        strength=arm["allocator"].get("strength"),
        payback_bookings=whole["economics"]["payback_bookings"],
        arrivals_per_day=whole["clients"]["arrivals_per_day"],
        n_pros=whole["pros"]["n"],
    )


def scaled(known: Base, size_percent: int) -> tuple[float, int]:
    """New clients a day and pros of a market of that size, pros at least one."""
    return round(known.arrivals_per_day * size_percent / 100, 6), max(round(known.n_pros * size_percent / 100), 1)


def changes(choice: Choice, known: Base) -> dict[str, Any]:
    """Keys whose value differs from the yaml files, but for those that choose a file of a group."""
    found: dict[str, Any] = {"control": choice.control, "studied": choice.studied}
    if choice.size_percent != SIZES_PERCENT[-1]:
        arrivals, pros = scaled(known, choice.size_percent)
        found |= {"market.clients.arrivals_per_day": arrivals, "market.pros.n": pros}
    if choice.payback_bookings not in (None, known.payback_bookings):
        found["market.economics.payback_bookings"] = choice.payback_bookings
    if known.min_sessions is not None and choice.min_sessions not in (None, known.min_sessions):
        found[f"arms.{choice.studied}.score.min_sessions"] = choice.min_sessions
    if known.strength is not None and choice.strength not in (None, known.strength):
        found[f"arms.{choice.studied}.allocator.strength"] = choice.strength
    found |= {"longest_window_months": choice.months, "replications": choice.replications}
    return found | {"worlds": choice.worlds, "seed": choice.seed}


def overrides(choice: Choice, known: Base) -> list[str]:
    """The choice as arguments of ``python -m experiments.compare``."""
    chosen = [f"arm=[{','.join(choice.arms)}]", f"market={choice.market}"]
    return chosen + [f"{key}={value}" for key, value in changes(choice, known).items()]


@dataclass(frozen=True)
class Composed:
    """A valid choice."""

    settings: dict[str, Any]
    plan: Plan[CompareOptions]


@lru_cache(maxsize=64)
def composed(choice: Choice, config_dirs: tuple[Path, ...] = ()) -> Composed:
    """The validated experiment of a choice, by the same rules as on the command line.

    Raises
    ------
    ConfigError
        It cannot be simulated: see the message.
    """
    settings = compose(overrides(choice, base(choice.studied, choice.market, config_dirs)), config_dirs)
    return Composed(settings, make_plan(settings, CompareOptions))


def field_of(message: str) -> str | None:
    """The field of a choice that a message is about; None when it is about none.

    Examples
    --------
    >>> field_of("arms.wecasa_2025.score.min_sessions = -1, must be >= 0"), field_of("market.zones = 0, must be >= 1")
    ('min_sessions', None)
    """
    key = re.match(r"[\w.]*", message)
    named = key[0] if key else ""
    ends = ((field, end) for field, ends in KEYS.items() for end in ends)
    return next((field for field, end in ends if named == end or named.endswith(f".{end}")), None)


def names(group: str, config_dirs: Sequence[Path] = ()) -> list[str]:
    """The yaml files of a group, such as ``market``, by name."""
    return sorted({path.stem for folder in (CONFIGS, *config_dirs) for path in (folder / group).glob("*.yaml")})


def arm_names(config_dirs: Sequence[Path] = ()) -> list[str]:
    """Everything that can be an arm."""
    return sorted({*names("arm", config_dirs), *names("allocator", config_dirs)})


def first_line(group: str, name: str, config_dirs: Sequence[Path] = ()) -> str:
    """When to choose a yaml, as its first line says; empty when it does not say."""
    for folder in (*config_dirs, CONFIGS):
        path = folder / group / f"{name}.yaml"
        if path.is_file():
            line = path.read_text(encoding="utf-8").partition("\n")[0]
            # a fact's number says something to readers of the yaml only
            return re.sub(r" \(facts? [^)]*\)", "", line.lstrip("# ")) if line.startswith("#") else ""
    return ""


def arm_line(name: str, config_dirs: Sequence[Path] = ()) -> str:
    """When to choose an arm; empty when nothing is said."""
    return first_line("arm", name, config_dirs) or first_line("allocator", name, config_dirs)
