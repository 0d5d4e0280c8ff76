"""The first screen: what to conclude, by how much, and the report's charts."""

import streamlit as st

from experiments.explorer.gather import Finished
from experiments.explorer.glossary import tip
from experiments.explorer.pictures import MORE, pictures
from experiments.explorer.show import plain, show_pictures, show_words
from experiments.explorer.tables import headline_table
from sim.report.decision import NAMES, arm_sentence, decision_sentence, follows
from sim.report.format import count, headline_metrics, known_metrics, verdict_line
from sim.report.worlds import world_sentences


def overview(finished: Finished) -> None:
    """Draw the screen."""
    comparison, market = finished.comparison, finished.plan.market
    decision = finished.decided
    with st.container(border=True):
        st.markdown(f"### {plain(str(NAMES[decision.outcome]).capitalize())}")
        st.markdown(plain(decision_sentence(comparison, decision)))
        for sentence in world_sentences(finished.over, decision) if finished.over else []:
            st.markdown(plain(sentence))
        st.markdown(plain(follows(decision)))
    runs = count(finished.n_replications, "replication")
    st.text(f"Market {market.name}, {market.pros.n} pros, {market.horizon_days} days, {runs} of each policy, seed {finished.seed}.")
    st.subheader("The table", help=tip("arm", "replication"))
    show_words(headline_table(comparison), "Headline metrics by policy, with differences to the control and verdicts")
    st.caption(
        f"± is the 95 % interval of the policy alone; differences are paired by replication, their intervals hold together. "
        f"Better or worse than {plain(comparison.control)} is said only when the interval of the difference leaves out 0."
    )
    with st.expander("What the metrics mean"):
        for metric in headline_metrics(comparison):
            st.markdown(f"**{plain(metric.label)}**  \n{plain(metric.meaning.replace('``', ''))}")
    with st.expander("Each policy in a sentence"):
        for arm in comparison.arms:
            judged = decision.arms.get(arm)
            sentence = arm_sentence(decision, judged) if judged else verdict_line(comparison, arm)
            st.text(f"{sentence}\n{finished.plan.arms[arm].description}")
    shown = pictures(finished)
    st.subheader("The charts", help=tip("exposure", "score", "visibility"))
    show_pictures([each for each in shown if not each.name.startswith(MORE)])
    further = [each for each in shown if each.name.startswith(MORE)]
    if further and st.toggle("Show a chart for each other metric of the table", key="more_charts", persist_state="session"):
        show_pictures(further)
    if len(known_metrics(comparison)) > len(headline_metrics(comparison)):
        with st.expander("All metrics"):
            show_words(headline_table(comparison, all_metrics=True), "All metrics by policy, with differences and verdicts")
