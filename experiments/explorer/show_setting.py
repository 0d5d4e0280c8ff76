"""The controls of a setting, each with what it means and, below it, why it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from experiments.explorer import choice as chosen
from experiments.explorer.choice import SIZES_PERCENT, WINDOWS_MONTHS, WORLDS, Choice
from experiments.explorer.glossary import tip
from experiments.explorer.show import plain, problem
from sim.config import ConfigError

REFUSED = "This setting cannot be simulated."
MEANING = {
    "studied": tip("arm"),
    "control": "The *control*: what the policy is measured against.",
    "others": "Shown beside the two. **oracle** and its like know the truth: references, not policies.",
    "min_sessions": f"Completed sessions from which the studied policy's score counts.\n\n{tip('score')}",
    "strength": "How strongly the score moves visibility: 0 not at all, 1 in proportion, above 1 more than in proportion.\n\n"
    + tip("visibility", "allocator"),
    "payback_bookings": "Changes what a client costs. What clients and pros do stays the same, unless clients are paid for out of "
    "contribution (market personal_care_reinvest) or the policy looks at the payback (payback_aware).\n\n"
    + tip("K", "contribution"),
    "market": "Who the clients and pros are: a file of configs/market.",
    "size_percent": "A part of the market's clients and pros. Small markets are quick; in them fewer pros serve each zone, so more "
    "requests stay without a pro.",
    "months": "Metrics that need clients followed for longer are left out.",
    "replications": f"More of them make intervals narrower.\n\n{tip('replication')}",
    "worlds": "In how many markets that agree with what is known the decision is looked at. 16: the recommended policy, once in "
    "each, for a market as its file has it. 64: all policies, what the decision depends on, and what to measure, in minutes.",
    "seed": "The same seed gives the same clients and the same luck under every policy and setting.",
}
"""What each control says when asked."""


@dataclass(frozen=True)
class Asked:
    """What the controls say, and whether it can be simulated."""

    choice: Choice
    refusal: str
    """Empty when it can."""


class Controls:
    """Draws controls whose keys share a prefix, and leaves a spot below each for what is wrong with it."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.spots: dict[str, DeltaGenerator] = {}

    def pick(self, field: str, label: str, options: Sequence[Any], value: Any, **more: Any) -> Any:
        """One of several."""
        index = options.index(value) if value in options else 0
        key = f"{self.prefix}_{field}"
        found = st.selectbox(label, options, index, key=key, help=MEANING[field], persist_state="session", **more)
        self.spots[field] = st.empty()
        return found

    def number(self, field: str, label: str, value: int | float | None, start: int | float | None, of: str = "") -> Any:
        """A number without bounds of its own: the rules of the configuration refuse what cannot be.

        ``value`` is what the yaml says, None for a number that the policy does not have; a policy ``of`` which it is one keeps its
        own.
        """
        key = f"{self.prefix}_{field}{f'_{of}' if of else ''}"
        if value is None:
            st.number_input(f"{label}: not in this policy", value=None, disabled=True, key=f"{key}_none", help=MEANING[field])
            return None
        first = value if start is None else start
        kind = {"value": float(first), "step": 0.5, "format": "%g"} if field == "strength" else {"value": int(first), "step": 1}
        found = st.number_input(label, key=key, help=MEANING[field], persist_state="session", **kind)
        self.spots[field] = st.empty()
        return found

    def refuse(self, message: str) -> None:
        """Say what is wrong below the control that the message is about, or below all of them."""
        field = chosen.field_of(message)
        with self.spots[field].container() if field in self.spots else st.container():
            problem(REFUSED, message)


def setting(prefix: str, start: Choice, config_dirs: tuple[Path, ...], n_columns: int = 1) -> Asked:
    """Draw the controls of a setting.

    Parameters
    ----------
    prefix
        Keeps the controls of A and B apart.
    start
        What the controls say at first.
    n_columns
        Beside one another: 1 or 3.
    """
    draw = Controls(prefix)
    arms = chosen.arm_names(config_dirs)
    cells = [st.container()] * 3 if n_columns == 1 else st.columns(3, gap="medium")
    with cells[0]:
        studied = draw.pick("studied", "Policy to study", arms, start.studied)
        st.caption(plain(chosen.arm_line(studied, config_dirs)))
        control = draw.pick("control", "Compare with", arms, start.control)
        rest = [name for name in arms if name not in (studied, control)]
        others = st.multiselect(
            "Further policies",
            rest,
            [name for name in start.others if name in rest],
            key=f"{prefix}_others_{studied}_{control}",
            help=MEANING["others"],
            persist_state="session",
            placeholder="none",
        )
    try:
        known = chosen.base(studied, str(st.session_state.get(f"{prefix}_market", start.market)), config_dirs)
    except ConfigError as error:
        draw.refuse(str(error))
        return Asked(start, str(error))
    with cells[1]:
        min_sessions = draw.number("min_sessions", "Threshold, sessions", known.min_sessions, start.min_sessions, studied)
        strength = draw.number("strength", "Strength", known.strength, start.strength, studied)
        payback = draw.number("payback_bookings", "Payback, bookings (K)", known.payback_bookings, start.payback_bookings)
        replications = draw.number("replications", "Replications", start.replications, None)
        worlds = draw.pick("worlds", "Plausible worlds", WORLDS, start.worlds)
    with cells[2]:
        market = draw.pick("market", "Market", chosen.names("market", config_dirs), start.market)
        size = draw.pick("size_percent", "Size of the market", SIZES_PERCENT, start.size_percent, format_func=lambda n: f"{n} %")
        # streamlit knows an option by its words, so these must not change with the market
        arrivals, pros = chosen.scaled(known, size)
        st.caption(f"{pros} pros, {arrivals:.2g} new clients a day")
        months = draw.pick("months", "Follow clients for", WINDOWS_MONTHS, start.months, format_func=lambda n: f"{n} months")
        seed = draw.number("seed", "Seed", start.seed, None)
    choice = Choice(
        studied=studied,
        control=control,
        others=tuple(others),
        min_sessions=min_sessions,
        strength=strength,
        payback_bookings=payback,
        market=market,
        size_percent=size,
        months=months,
        replications=replications,
        worlds=worlds,
        seed=seed,
    )
    try:
        chosen.composed(choice, config_dirs)
    except ConfigError as error:
        draw.refuse(str(error))
        return Asked(choice, str(error))
    return Asked(choice, "")
