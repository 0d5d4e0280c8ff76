"""Getting a comparison for a screen: from this session, from the store, or simulated with progress and a way to stop."""

import time
from pathlib import Path

import streamlit as st

from experiments.explorer.choice import Choice
from experiments.explorer.folders import Folders
from experiments.explorer.gather import Finished, from_choice, from_folder
from experiments.explorer.show import problem
from experiments.runner import RunError
from sim.config import ConfigError

KEPT = 6
"""Comparisons a session keeps in memory; older ones come back from the store."""


def obtain(asked: Choice | Path, folders: Folders, key: str) -> Finished | None:
    """The comparison that was asked for; None when there is none, which the screen then says.

    Parameters
    ----------
    key
        Where the session keeps what was asked for: stopping takes it out.
    """
    kept: dict[Choice | Path, Finished] = st.session_state.setdefault("finished", {})
    if asked in kept:
        return kept[asked]
    spot = st.empty()
    try:
        with spot.container(border=True):
            found = from_folder(asked) if isinstance(asked, Path) else _simulate(asked, folders, key)
    except (ConfigError, RunError, OSError) as error:
        with spot.container():
            problem("This could not be simulated." if isinstance(asked, Choice) else "This folder cannot be shown.", str(error))
        return None
    spot.empty()
    while len(kept) >= KEPT:
        kept.pop(next(iter(kept)))
    kept[asked] = found
    return found


def _simulate(choice: Choice, folders: Folders, key: str) -> Finished:
    started = time.perf_counter()
    st.markdown("**Simulating**")
    bar = st.progress(0.0, text="Looking into the store …")
    st.button("Stop", key=f"stop_{key}", on_click=_stop, args=(key,), icon=":material/stop:")
    st.caption(
        "Finished runs are kept, also when you stop. The very first run after an installation takes half a minute: the model is "
        "compiled."
    )

    def tick(done: int, n_all: int) -> None:
        # streamlit ends the script here when somebody pressed Stop or changed something
        bar.progress(done / n_all, text=f"{done} of {n_all} runs, {time.perf_counter() - started:.0f} s")

    return from_choice(choice, folders, tick)


def _stop(key: str) -> None:
    st.session_state.pop(key, None)
    st.session_state["stopped"] = True
