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
from experiments.explorer.show import cohort_of, plain, problem, show_picture, show_pictures, show_rows
from experiments.explorer.story_charts import plot_months, plot_pro_score, plot_pro_sessions, plot_pro_visibility
from sim.config import ConfigError
from sim.metrics.cohort import Cohort

BY_NUMBER = "choose by number"
NUMBER, YES = st.column_config.NumberColumn, st.column_config.CheckboxColumn

MONTHS = {
    "month": NUMBER("Month"),
    "from_day": None,
    "new_clients": NUMBER("New clients"),
    "back_within_6_months": NUMBER("Back in 6 months", format="percent"),
    "low": None,
    "high": None,
    "three_bookings_within_12_months": NUMBER("3 bookings in 12", help="Completed, within 12 months", format="percent"),
    "paid_back_within_12_months": NUMBER("Paid back in 12", help=tip("contribution"), format="percent"),
    "balance_after_12_months_eur": NUMBER("Balance, EUR", help="Of a year, minus the cost of winning them", format="%.2f"),
}
NEWCOMERS = {
    "client": NUMBER("Client", format="%d"),
    "first_session_day": NUMBER("First session, day"),
    "minutes_late": NUMBER("Late, minutes"),
    "stars": NUMBER("Stars", help="Empty: no rating given"),
    "back": YES("Back in 6 months", help="Empty: the six months are not over. " + tip("immature")),
    "booked_again_day": NUMBER("Booked again, day"),
    "with_the_same_pro": YES("Same pro"),
}
REQUESTS = {
    "request": NUMBER("No.", help=tip("request")),
    "asked_on_day": NUMBER("Asked, day"),
    "what_happened": "What happened",
    "minutes_late": NUMBER("Late, minutes"),
    "stars": NUMBER("Stars", help="Empty: no rating given"),
    "then": "Then",
    "pro": NUMBER("Pro", format="%d", help="Empty: nobody"),
    "had_favourite": YES("Had a favourite", help=tip("favourite")),
    "session_on_day": NUMBER("Session, day", help=tip("session")),
    "service": "Service",
}
FACT_HELP = {
    "Score counts": "First refresh at which the score counted.\n\n" + tip("score"),
    "New clients met": "New clients whose first completed session on the platform was with this pro.",
    "Came back": "Of those, who booked again within 6 months, with any pro; only where the six months are over.",
    "Would come back, in truth": tip("return propensity"),
}


def people(finished: Finished) -> None:
    """Draw the screen."""
    st.markdown("One run, looked at closely. What single months, pros and clients do is a story, not evidence: one run is luck.")
    left, right = st.columns(2)
    arms = list(finished.plan.arms)
    at = arms.index(finished.shown_arm)
    arm = left.selectbox("Policy", arms, at, key="people_arm", help=tip("arm"), persist_state="session")
    runs = list(range(finished.n_replications))
    replication = right.selectbox("Run", runs, key="people_run", help=tip("replication"), persist_state="session")
    try:
        cohort = cohort_of(finished, arm, replication)
    except (OSError, ConfigError) as error:
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
        caption = (
            "Each month's clients are few, so its share moves by luck: most bars should overlap. The last months are missing, as "
            "their clients cannot be followed long enough."
        )
        show_picture(picture("months", plot_months(months, arm), caption, alt))
    with right:
        show_rows(months.table(), "months", "New clients by month, and what became of them", MONTHS)


def _by_reason(label: str, found: Mapping[str, int], noun: str, last: int, key: str) -> int:
    """A number, picked by why it is interesting or typed."""
    options = [*found, BY_NUMBER]
    chosen = st.selectbox(label, options, key=f"{key}_why", persist_state="session")
    if chosen != BY_NUMBER:
        return found[chosen]
    first = next(iter(found.values()), 0)
    asked = f"Number of the {noun}, 0 to {last:,}"
    return int(st.number_input(asked, value=first, step=1, key=f"{key}_number", persist_state="session"))


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
    charts = (
        ("sessions", plot_pro_sessions(story), "Work adds up; at the broken line the score may start to count."),
        (
            "score",
            plot_pro_score(story),
            "Dotted while it does not count. It lags: a client counts when the time to return is over.",
        ),
        ("visibility", plot_pro_visibility(story), "Above 1 the pro comes up more often than the average pro, below 1 less."),
    )
    alt = f"Pro {story.pro}, week by week."
    *_, last = show_pictures([picture(f"pro_{number}_{name}", ax, caption, f"{caption} {alt}") for name, ax, caption in charts])
    with last:
        st.text(f"Main service: {story.service}")
        for label, value in facts_of(story).items():
            st.markdown(f"**{label}**: {plain(value)}", help=FACT_HELP.get(label))
    st.markdown("**New clients who met this pro first, and who came back**")
    if story.newcomers.num_rows == 0:
        st.info("No new client had a first session with this pro in this run.", icon=":material/info:")
    else:
        name = f"pro_{story.pro}_newcomers"
        show_rows(story.newcomers, name, "New clients of the pro, and whether they came back", NEWCOMERS)
    return story


def _client(cohort: Cohort, story: ProStory | None) -> None:
    st.subheader("One client", help=tip("client", "request", "session"))
    numbers = cohort.log.clients["client"]
    if len(numbers) == 0:
        st.info("No client came in this run.", icon=":material/info:")
        return
    among: NDArray[Any] | None = None
    if story is not None and story.newcomers.num_rows:
        groups = ["came to the platform", f"met pro {story.pro} first"]
        where = st.selectbox("Look among clients who …", groups, key=f"among_{story.pro}", persist_state="session")
        among = np.asarray(story.newcomers["client"]) if where == groups[1] else None
    found = interesting_clients(cohort, among)
    number = _by_reason("The client who …", found, "client", int(numbers[-1]), "client")
    try:
        client = client_story(cohort, number)
    except ValueError as error:
        problem("There is no such client.", str(error))
        return
    st.markdown(f"#### Client {client.client}")
    st.text(
        f"Wanted {client.service}, came by {client.channel} on day {client.arrival_days:.0f}. Winning this client has cost"
        f" {client.acquisition_cost_eur:.2f} EUR and has brought {client.brought_eur:.2f} EUR."
    )
    st.text(client.ending)
    st.caption("Why somebody left is read from what the log knows, the client's own patience included, which no platform can see.")
    show_rows(client.requests, f"client_{client.client}", "Every request of the client, in order", REQUESTS)
