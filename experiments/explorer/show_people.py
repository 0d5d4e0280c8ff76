"""From a policy to its cohorts, to one pro, to one client: one run, looked at closely."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from experiments.explorer.clients import client_story, interesting_clients
from experiments.explorer.cohorts import by_month
from experiments.explorer.gather import Finished
from experiments.explorer.glossary import tip
from experiments.explorer.pictures import picture
from experiments.explorer.pros import ProStory, facts_of, interesting_pros, pro_story
from experiments.explorer.show import cohort_of, problem, show_picture, show_rows
from experiments.explorer.story_charts import plot_months, plot_pro_score, plot_pro_sessions, plot_pro_visibility
from sim.metrics.cohort import Cohort

BY_NUMBER = "choose by number"
SHARE = st.column_config.NumberColumn


def people(finished: Finished) -> None:
    """Draw the screen."""
    st.markdown(
        "One run, looked at closely. Numbers of single months, pros and clients are stories, not evidence: one run is luck."
    )
    left, right = st.columns(2)
    arms = list(finished.plan.arms)
    arm = left.selectbox("Policy", arms, arms.index(finished.shown_arm), key="people_arm", help=tip("arm"), persist_state="session")
    runs = list(range(finished.n_replications))
    replication = right.selectbox("Run", runs, key="people_run", help=tip("replication"), persist_state="session")
    try:
        cohort = cohort_of(finished, arm, replication)
    except OSError as error:
        problem("The tables of this run cannot be read.", str(error))
        return
    _cohorts(cohort, arm)
    story = _pro(cohort)
    _client(cohort, story)


def _cohorts(cohort: Cohort, arm: str) -> None:
    st.subheader("New clients by month", help=tip("cohort"))
    months = by_month(cohort)
    left, right = st.columns(2, gap="large")
    with left:
        alt = f"New clients of {arm} by month of their first request: share back within 6 months, and paid back within 12."
        caption = "Each month's clients are few, so its share moves by luck: most bars should overlap. Later months end early, since their "
        show_picture(picture("months", plot_months(months, arm), caption + "clients cannot be followed long enough.", alt))
    with right:
        percent = {"format": "percent"}
        columns = {
            "month": SHARE("Month"),
            "from_day": None,
            "new_clients": SHARE("New clients"),
            "back_within_6_months": SHARE("Back in 6 months", **percent),
            "low": None,
            "high": None,
            "three_bookings_within_12_months": SHARE(
                "3 bookings in 12", help="Three completed bookings within 12 months", **percent
            ),
            "paid_back_within_12_months": SHARE("Paid back in 12", help=tip("contribution"), **percent),
            "balance_after_12_months_eur": SHARE(
                "Balance, EUR", help="Contribution of a year minus the cost of winning them", format="%.2f"
            ),
        }
        show_rows(months.table(), "months", "New clients by month, and what became of them", columns)


def _by_reason(label: str, found: Mapping[str, int], noun: str, last: int, key: str) -> int:
    """A number, picked by why it is interesting or typed."""
    options = [*found, BY_NUMBER]
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda why: why if why == BY_NUMBER else f"{why} ({noun} {found[why]})",
        key=f"{key}_why",
        persist_state="session",
    )
    if chosen != BY_NUMBER:
        return found[chosen]
    first = next(iter(found.values()), 0)
    number = st.number_input(
        f"Number of the {noun}, 0 to {last:,}", value=first, step=1, key=f"{key}_number", persist_state="session"
    )
    return int(number)


def _pro(cohort: Cohort) -> ProStory | None:
    st.subheader("One pro", help=tip("pro", "visibility", "score"))
    n_pros = len(cohort.log.pros["pro"])
    number = _by_reason("The pro who …", interesting_pros(cohort), "pro", n_pros - 1, "pro")
    try:
        story = pro_story(cohort, number)
    except ValueError as error:
        problem("There is no such pro.", str(error))
        return None
    st.markdown(f"#### Pro {story.pro}")
    st.text(f"Main service: {story.service}")
    with st.container(horizontal=True, gap="medium"):
        for label, value in facts_of(story).items():
            st.metric(label, value, width="content", help=FACT_HELP.get(label))
    charts = (
        ("pro_sessions", plot_pro_sessions, "Work adds up; the broken line is where the score may start to count."),
        (
            "pro_score",
            plot_pro_score,
            "Dotted while it does not count. It lags: a client counts only when the time to return is over.",
        ),
        ("pro_visibility", plot_pro_visibility, "Above 1 the pro comes up more often than the average pro, below 1 less."),
    )
    for column, (name, plot, caption) in zip(st.columns(3, gap="medium"), charts, strict=True):
        with column:
            show_picture(picture(f"{name}_{story.pro}", plot(story), caption, f"{caption} Pro {story.pro}, week by week."))
    st.markdown("**New clients who met this pro first, and who came back**")
    if story.newcomers.num_rows == 0:
        st.info("No new client had a first session with this pro in this run.", icon=":material/info:")
        return story
    columns = {
        "client": SHARE("Client", format="%d"),
        "first_session_day": SHARE("First session, day"),
        "minutes_late": SHARE("Late, minutes"),
        "stars": SHARE("Stars", help="Empty: no rating given"),
        "back": st.column_config.CheckboxColumn("Back in 6 months", help="Empty: the six months are not over. " + tip("immature")),
        "booked_again_day": SHARE("Booked again, day"),
        "with_the_same_pro": st.column_config.CheckboxColumn("Same pro"),
    }
    show_rows(story.newcomers, f"pro_{story.pro}_newcomers", "New clients of the pro, and whether they came back", columns)
    return story


FACT_HELP = {
    "Score counts": "First refresh at which the score counted.\n\n" + tip("score"),
    "New clients met": "New clients whose first completed session on the platform was with this pro.",
    "Came back": "Of those, who booked again within 6 months, with any pro; only where the six months are over.",
    "Truth": tip("return propensity"),
}


def _client(cohort: Cohort, story: ProStory | None) -> None:
    st.subheader("One client", help=tip("client", "request", "session"))
    numbers = cohort.log.clients["client"]
    if len(numbers) == 0:
        st.info("No client came in this run.", icon=":material/info:")
        return
    among: NDArray[Any] | None = None
    if story is not None and story.newcomers.num_rows:
        mine = f"met pro {story.pro} first"
        where = st.selectbox(
            "Look among clients who …", ["came to the platform", mine], key="client_among", persist_state="session"
        )
        among = np.asarray(story.newcomers["client"]) if where == mine else None
    found = interesting_clients(cohort, among)
    number = _by_reason("The client who …", found, "client", int(numbers[-1]), "client")
    try:
        client = client_story(cohort, number)
    except ValueError as error:
        problem("There is no such client.", str(error))
        return
    st.markdown(f"#### Client {client.client}")
    st.text(
        f"Wanted {client.service}, came by {client.channel} on day {client.arrival_days:.0f}. Cost {client.acquisition_cost_eur:.2f} EUR"
        f" to win, has brought {client.brought_eur:.2f} EUR."
    )
    st.text(client.ending)
    st.caption("Why somebody left is read from what the log knows, the client's own patience included, which no platform can see.")
    columns = {
        "request": SHARE("No.", help=tip("request")),
        "asked_on_day": SHARE("Asked, day"),
        "session_on_day": SHARE("Session, day", help=tip("session")),
        "service": "Service",
        "pro": SHARE("Pro", format="%d", help="Empty: nobody"),
        "asked_for_favourite": st.column_config.CheckboxColumn("Had a favourite", help=tip("favourite")),
        "what_happened": "What happened",
        "minutes_late": SHARE("Late, minutes"),
        "stars": SHARE("Stars", help="Empty: no rating given"),
        "then": "Then",
    }
    show_rows(client.requests, f"client_{client.client}", "Every request of the client, in order", columns)
