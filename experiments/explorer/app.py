"""The page. Started by ``python -m experiments.explore``; streamlit runs this file from top to bottom after every click."""

import sys

import streamlit as st

from experiments.explorer.choice import Choice
from experiments.explorer.folders import Folders, read_folders
from experiments.explorer.gather import finished_folders
from experiments.explorer.run import obtain
from experiments.explorer.show_overview import overview
from experiments.explorer.show_pair import side_by_side
from experiments.explorer.show_people import people
from experiments.explorer.show_setting import Asked, setting
from experiments.explorer.show_take import take_away

SCREENS = ("Overview", "Compare A and B", "People", "Take away")
CHANGED = "The settings have changed since: press **Simulate** to see what they do."


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Mission dispatch explorer", layout="wide", initial_sidebar_state="auto")
    folders = read_folders(sys.argv[1:])
    with st.sidebar:
        asked = sidebar(folders)
    st.header("Who should be seen for a mission?", anchor=False)
    wanted = st.session_state.get("asked")
    if wanted is None:
        welcome(asked)
        return
    finished = obtain(wanted, folders, "asked")
    if finished is None:
        return
    if isinstance(wanted, Choice) and wanted != asked.choice:
        st.info(CHANGED, icon=":material/info:")
    first, pair, people_tab, take = st.tabs(SCREENS, key="screen", on_change="rerun")
    with first:
        if first.open:
            overview(finished)
    with pair:
        if pair.open:
            side_by_side(finished, folders)
    with people_tab:
        if people_tab.open:
            people(finished)
    with take:
        if take.open:
            take_away(finished, folders)


def sidebar(folders: Folders) -> Asked:
    """The setting, and finished comparisons to open in its place."""
    st.subheader("Setting", anchor=False)
    asked = setting("a", Choice(), folders.config_dirs)
    if st.button("Simulate", type="primary", width="stretch", disabled=bool(asked.refusal), key="simulate"):
        _ask(asked.choice)
    with st.expander("Open a finished comparison"):
        found = finished_folders(folders.out)
        if not found:
            st.text(f"There is none in {folders.out}.")
            st.caption("`python -m experiments.compare` writes some; start the explorer with `--out` and their folder.")
        else:
            folder = st.selectbox("Folder", found, format_func=lambda path: path.name, key="folder", persist_state="session")
            if st.button("Open", key="open"):
                _ask(folder)
    return asked


def welcome(asked: Asked) -> None:
    """What the page is for, before there is anything to show."""
    if st.session_state.pop("stopped", False):
        st.info("Stopped. Finished runs are kept: the same setting goes on from there.", icon=":material/stop:")
    st.markdown(
        "Two policies meet the same clients, with the same luck. See which one brings more new clients back, what it costs pros, "
        "and why: down to one pro and one client.\n\n"
        "1. Choose a **policy**, its **threshold** and **strength**, and what to compare it with, in the setting on the left "
        "(on a phone: the arrows at the top).\n"
        "2. Press **Simulate**: the first answer is there in seconds.\n"
        "3. Look at the **overview**, change one thing in **compare A and B**, meet **people**, and **take away** charts, numbers "
        "and the command that gives them again."
    )
    if asked.refusal:
        # on a phone the setting is out of sight
        st.info("The setting cannot be simulated as it is: the reason is beside it.", icon=":material/info:")
    if st.button("Simulate this setting", type="primary", disabled=bool(asked.refusal), key="simulate_first"):
        _ask(asked.choice)
        st.rerun()


def _ask(what: object) -> None:
    st.session_state["asked"] = what
    st.session_state.pop("stopped", None)


main()
