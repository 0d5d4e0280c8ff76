"""Two settings side by side: A from the sidebar, B from here."""

import streamlit as st

from experiments.explorer.choice import Choice
from experiments.explorer.folders import Folders
from experiments.explorer.gather import Finished
from experiments.explorer.paired import B, Paired, pair, what_differs
from experiments.explorer.pictures import Picture, picture, pictures_alike, title_of
from experiments.explorer.run import obtain
from experiments.explorer.show import problem, save_button, show_picture, show_words
from experiments.explorer.show_setting import setting
from experiments.explorer.tables import differences_csv, headline_table
from sim.charts.differences import plot_differences
from sim.charts.second_booking import plot_second_booking
from sim.config import ConfigError
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.format import difference

SAME_KEYS = 12
"""Differences between settings that are listed; more are only counted."""


def side_by_side(a: Finished, folders: Folders) -> None:
    """Draw the screen."""
    st.markdown("**A** is what you see in the overview. Choose what is different in **B**, and compare the two policies studied.")
    with st.expander("Setting B", expanded="asked_b" not in st.session_state):
        asked = setting("b", a.choice or Choice(), folders.config_dirs, n_columns=3)
        if st.button("Simulate B", type="primary", disabled=bool(asked.refusal), key="simulate_b"):
            st.session_state["asked_b"] = asked.choice
    if "asked_b" not in st.session_state:
        st.info("Change something in setting B, such as the threshold, and press **Simulate B**.", icon=":material/compare_arrows:")
        return
    b = obtain(st.session_state["asked_b"], folders, "asked_b")
    if b is None:
        return
    _what_is_different(a, b)
    try:
        found = pair(a, b)
    except ConfigError as error:
        problem("There are no paired differences.", str(error))
    else:
        _differences(a, b, found)
    _charts(a, b)


def _what_is_different(a: Finished, b: Finished) -> None:
    rows = what_differs(a, b)
    if not rows:
        st.info("A and B are the same setting: every difference is exactly zero.", icon=":material/info:")
        return
    st.subheader("What is different")
    key, ours, theirs = (list(column) for column in zip(*rows[:SAME_KEYS], strict=True))
    show_words({"Key": key, "A": ours, "B": theirs}, "Keys of the settings that differ")
    if len(rows) > SAME_KEYS:
        st.caption(f"and {len(rows) - SAME_KEYS} more")


def _differences(a: Finished, b: Finished, found: Paired) -> None:
    st.subheader(
        "B minus A",
        help="Replication by replication: both settings share clients and luck where they can, so that the difference is known "
        "better than either value.",
    )
    st.text(f"A studies {a.shown_arm}, B studies {b.shown_arm}.")
    if found.n_left_out:
        st.caption(f"{found.n_left_out} replications that only one of the two has are left out.")
    show_words(headline_table(found.comparison), "Headline metrics of A and B, with the paired difference and its verdict")
    left, right = st.columns(2, gap="large")
    with left:
        show_picture(_primary(found))
    with right:
        show_picture(_second(found))
    save_button("Differences as CSV", differences_csv(found.comparison), "b_minus_a.csv", "text/csv", key="csv_pair")


def _primary(found: Paired) -> Picture:
    row = found.comparison.difference(B, RETURN_RATE)
    shown = metric(RETURN_RATE)
    alt = f"{shown.label}, B minus A: {difference(row, shown.unit)}, {row.verdict}." if row else shown.label
    caption = "An interval that stays clear of the line at zero is a clear difference."
    return picture("b_minus_a", plot_differences(found.comparison), caption, alt)


def _second(found: Paired) -> Picture:
    caption = "The higher a line, the more clients have booked again by then."
    alt = "Share of new clients who have booked again by week, A and B."
    return picture("a_and_b", plot_second_booking(found.comparison), caption, alt)


def _charts(a: Finished, b: Finished) -> None:
    st.subheader("The same chart of both")
    ours, theirs = pictures_alike(a, b)
    name = st.selectbox("Chart", list(ours), format_func=title_of(ours), key="pair_chart", persist_state="session")
    for column, side, shown in zip(st.columns(2, gap="large"), ("A", "B"), (ours[name], theirs[name]), strict=True):
        with column:
            st.markdown(f"**{side}**")
            show_picture(shown)
