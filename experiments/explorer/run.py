"""Getting a comparison for a screen: from this session, from the store, or simulated with progress and a way to stop."""

import threading
import time
from pathlib import Path

import streamlit as st

from experiments.execution.runner import RunError
from experiments.explorer.choice import Choice
from experiments.explorer.folders import Folders
from experiments.explorer.gather import Finished, from_choice, from_folder
from experiments.explorer.show import problem
from experiments.outputs.manifest import MANIFEST
from sim.config import ConfigError

KEPT = 8
"""Comparisons kept in memory, for all browser tabs; older ones come back from the store."""
_KEPT: dict[tuple[object, ...], Finished] = {}
_KEEPING = threading.Lock()


def obtain(asked: Choice | Path, folders: Folders, key: str) -> Finished | None:
    """The comparison that was asked for; None when there is none, which the screen then says.

    Parameters
    ----------
    key
        Where the session keeps what was asked for: stopping takes it out.
    """
    name = _name(asked, folders)
    if name in _KEPT:
        return _KEPT[name]
    spot = st.empty()
    try:
        with spot.container(border=True):
            found = from_folder(asked) if isinstance(asked, Path) else _simulate(asked, folders, key)
    except (ConfigError, RunError, OSError) as error:
        with spot.container():
            problem("This could not be simulated." if isinstance(asked, Choice) else "This folder cannot be shown.", str(error))
        return None
    spot.empty()
    with _KEEPING:
        while len(_KEPT) >= KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[name] = found
    return found


def _name(asked: Choice | Path, folders: Folders) -> tuple[object, ...]:
    """What a comparison is kept under; a folder that is written again is another one."""
    manifest = asked / MANIFEST if isinstance(asked, Path) else None
    return asked, folders, manifest.stat().st_mtime_ns if manifest and manifest.exists() else 0


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
