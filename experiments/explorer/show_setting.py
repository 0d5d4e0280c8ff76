"""The controls of a setting, each with what it means and, below it, why it cannot be."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from experiments.explorer.choice import (
    SIZES_PERCENT,
    WINDOWS_MONTHS,
    Base,
    Choice,
    arm_line,
    arm_names,
    base,
    composed,
    field_of,
    names,
    scaled,
)
from experiments.explorer.glossary import tip
from experiments.explorer.show import plain, problem
from sim.config import ConfigError

REFUSED = "This setting cannot be simulated."


@dataclass(frozen=True)
class Asked:
    """What the controls say, and whether it can be simulated."""

    choice: Choice
    refusal: str
    """Empty when it can."""


def setting(prefix: str, start: Choice, config_dirs: tuple[Path, ...]) -> Asked:
    """Draw the controls of a setting.

    Parameters
    ----------
    prefix
        Keeps the controls of A and B apart.
    start
        What the controls say at first.
    """
    arms = arm_names(config_dirs)
    spots = {}

    def pick(field: str, label: str, options: list[str], value: str, help_text: str) -> str:
        chosen = st.selectbox(
            label,
            options,
            options.index(value) if value in options else 0,
            key=f"{prefix}_{field}",
            help=help_text,
            persist_state="session",
        )
        spots[field] = st.empty()
        return str(chosen)

    studied = pick("studied", "Policy to study", arms, start.studied, tip("arm"))
    st.caption(plain(arm_line(studied, config_dirs)))
    control = pick("control", "Compare with", arms, start.control, "The *control*: what the policy is measured against.")
    rest = [name for name in arms if name not in (studied, control)]
    others = st.multiselect(
        "Further policies",
        rest,
        [name for name in start.others if name in rest],
        key=f"{prefix}_others_{studied}_{control}",
        help="Shown beside the two. **oracle** and its like know the truth: references, not policies.",
        persist_state="session",
        placeholder="none",
    )
    market_names = names("market", config_dirs)
    try:
        known = base(studied, str(st.session_state.get(f"{prefix}_market", start.market)), config_dirs)
    except ConfigError as error:
        problem(REFUSED, str(error))
        return Asked(start, str(error))
    min_sessions = _number(prefix, "min_sessions", "Threshold, sessions", studied, known.min_sessions, start.min_sessions, spots)
    strength = _number(prefix, "strength", "Strength", studied, known.strength, start.strength, spots)
    payback = _number(
        prefix, "payback_bookings", "Payback, bookings (K)", "", known.payback_bookings, start.payback_bookings, spots
    )
    market = pick("market", "Market", market_names, start.market, "Who the clients and pros are: a file of configs/market.")
    size = st.selectbox(
        "Size of the market",
        SIZES_PERCENT,
        SIZES_PERCENT.index(start.size_percent),
        format_func=lambda percent: _size(known, percent),
        key=f"{prefix}_size",
        help="A part of the market's clients and pros. Small ones are quick; in them fewer pros serve each zone, so more requests "
        "stay without a pro.",
        persist_state="session",
    )
    spots["size_percent"] = st.empty()
    months = st.selectbox(
        "Follow clients for",
        WINDOWS_MONTHS,
        WINDOWS_MONTHS.index(start.months),
        format_func=lambda n: f"{n} months",
        key=f"{prefix}_months",
        help="Metrics that need clients followed for longer are left out.",
        persist_state="session",
    )
    spots["months"] = st.empty()
    replications = _number(prefix, "replications", "Replications", "", start.replications, None, spots)
    seed = _number(prefix, "seed", "Seed", "", start.seed, None, spots)
    choice = Choice(
        studied=studied,
        control=control,
        others=tuple(others),
        min_sessions=min_sessions,
        strength=strength,
        payback_bookings=payback,
        market=market,
        size_percent=int(size),
        months=int(months),
        replications=replications,
        seed=seed,
    )
    try:
        composed(choice, config_dirs)
    except ConfigError as error:
        field = field_of(str(error))
        with spots[field].container() if field in spots else st.container():
            problem(REFUSED, str(error))
        return Asked(choice, str(error))
    return Asked(choice, "")


HELP = {
    "min_sessions": "Completed sessions from which the studied policy's score counts. Before that a pro is neutral.\n\n",
    "strength": "How strongly the score moves visibility: 0 not at all, 1 in proportion, more than 1 more than in proportion.\n\n",
    "payback_bookings": "Changes what a client costs. What clients and pros do stays the same, unless clients are paid for out of "
    "contribution (market personal_care_reinvest) or the policy looks at the payback (payback_aware).\n\n",
    "replications": "More of them make intervals narrower.\n\n",
    "seed": "The same seed gives the same clients and the same luck under every policy and setting.",
}
TERMS = {
    "min_sessions": ("score",),
    "strength": ("visibility", "allocator"),
    "payback_bookings": ("K", "contribution"),
    "replications": ("replication",),
    "seed": (),
}


def _number(prefix: str, field: str, label: str, of: str, value: object, start: object, spots: dict[str, object]) -> object:
    """A number without bounds of its own: the configuration's rules refuse what cannot be."""
    key = f"{prefix}_{field}_{of}" if of else f"{prefix}_{field}"
    if value is None:
        st.number_input(f"{label}: not for this policy", value=None, disabled=True, key=f"{key}_none", help=HELP[field])
        return None
    first = value if start is None else start
    whole = isinstance(value, int) and field != "strength"
    found = st.number_input(
        label,
        value=int(first) if whole else float(first),  # type: ignore[call-overload]
        step=1 if whole else 0.5,
        format=None if whole else "%g",
        key=key,
        help=HELP[field] + tip(*TERMS[field]),
        persist_state="session",
    )
    spots[field] = st.empty()
    return found


def _size(known: Base, percent: int) -> str:
    arrivals, pros = scaled(known, percent)
    return f"{percent} %: {arrivals:.2g} new clients a day, {pros} pros"
