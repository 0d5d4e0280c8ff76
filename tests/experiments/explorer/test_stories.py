import math
from dataclasses import replace

import numpy as np
import pytest

from experiments.explorer.clients import client_story, interesting_clients
from experiments.explorer.logs import log_of
from experiments.explorer.pros import facts_of, interesting_pros, pro_story
from sim.log import RunLog
from sim.metrics.cohort import Cohort
from tests.experiments.explorer.stories import story_log


@pytest.fixture(scope="module")
def cohort():
    return Cohort(story_log())


def test_a_client_s_story_tells_every_request_in_order(cohort):
    requests = client_story(cohort, 2).requests
    assert requests["what_happened"].to_pylist() == ["session took place", "session took place", "no pro accepted"]
    assert requests["pro"].to_pylist() == [0, 1, None]
    assert requests["had_favourite"].to_pylist() == [False, True, False]
    assert requests["stars"].to_pylist() == [5, None, None]
    assert requests["minutes_late"].to_pylist() == [3.0, 0.0, None]
    assert requests["then"].to_pylist() == ["stayed", "stayed", "left"]


@pytest.mark.parametrize(
    ("client", "ending"),
    [
        (0, "Needed this only once: would not have come back, whatever happened. The platform cannot know that."),
        # 12 minutes are more than this client's 8
        (1, "Left after request 1, in which the pro was 12 minutes late."),
        (2, "Left after request 3, in which no pro accepted."),
        (3, "Left after request 1, in which the pro cancelled."),
        (4, "The last request was still open when the run ended."),
    ],
)
def test_why_a_client_left_is_told_where_the_log_knows(cohort, client, ending):
    assert client_story(cohort, client).ending == ending


def _with(log: RunLog, **truth: object) -> Cohort:
    return Cohort(replace(log, truth_clients={**log.truth_clients, **truth}))


def test_a_client_who_left_without_a_reason_in_the_log_is_said_to_have_none():
    # with a patience of 20 minutes, 12 are not felt
    patient = _with(story_log(), tolerance_minutes=np.full(5, 20.0))
    assert "the log shows nothing wrong" in client_story(patient, 1).ending


def test_a_client_who_was_drawn_off_is_said_to_be():
    private = np.array([math.nan, 21.0, math.nan, math.nan, math.nan])
    assert (
        client_story(_with(story_log(), private_days=private), 1).ending
        == "Carried on with the pro off the platform from day 21 on."
    )
    assert interesting_clients(_with(story_log(), private_days=private))["went private"] == 1


def test_money_and_origin_of_a_client(cohort):
    # 10 + 10 + 0
    story = client_story(cohort, 2)
    assert (story.brought_eur, story.acquisition_cost_eur, story.service, story.channel) == (20.0, 15.0, "hair", "tv")


def test_interesting_clients_are_the_first_of_their_kind(cohort):
    assert interesting_clients(cohort) == {
        "left after a late first session": 1,
        "left because the pro cancelled": 3,
        "came most often": 2,
        "needed it only once": 0,
    }
    assert interesting_clients(cohort, np.array([0, 1])) == {
        "left after a late first session": 1,
        # one completed session each: the first of them
        "came most often": 0,
        "needed it only once": 0,
    }


@pytest.mark.parametrize("client", [-1, 5, 10**12])
def test_a_client_who_is_not_there_is_refused(cohort, client):
    with pytest.raises(ValueError, match=f"client = {client}, must be the number of a client who came: 0..4"):
        client_story(cohort, client)


def test_newcomers_of_a_pro_are_those_whose_first_session_it_was(cohort):
    found = pro_story(cohort, 0).newcomers
    assert found["client"].to_pylist() == [0, 1, 2]
    assert found["booked_again_day"].to_pylist() == pytest.approx([math.nan, math.nan, 150.0], nan_ok=True)
    # sessions end a day after the request: 11 and 21, so that 183 days are over on day 204 < 400
    assert found["back"].to_pylist() == [False, False, True]
    assert found["with_the_same_pro"].to_pylist() == [None, None, False]
    # client 2 had met pro 0 before, client 3 had no session
    assert pro_story(cohort, 1).newcomers.num_rows == 0


def test_whether_somebody_comes_back_is_open_while_there_is_time(cohort):
    # the run ends on day 190: the 183 days of clients 0 and 1 end on days 194 and 204; client 2 is back already
    short = Cohort(replace(story_log(), facts=dict(story_log().facts) | {"horizon_days": 190.0}))
    assert pro_story(short, 0).newcomers["back"].to_pylist() == [None, None, True]


def test_a_pro_s_score_counts_from_the_first_refresh_at_which_it_did(cohort):
    story = pro_story(cohort, 0)
    assert story.counted_from_days == 70.0
    facts = facts_of(story)
    assert (facts["Joined"], facts["Left"], facts["Score counts"]) == ("from the start", "stayed", "day 70")
    assert facts_of(replace(story, joined_days=math.nan))["Joined"] == "did not join"
    assert (facts["New clients met"], facts["Came back"], facts["Would come back, in truth"]) == ("3", "1 of 3", "20 %")


def test_interesting_pros(cohort):
    assert interesting_pros(cohort) == {
        "rose most in visibility": 0,
        "fell most in visibility": 1,
        # four sessions took place, three of them with pro 0
        "had the most sessions": 0,
        "waited longest until the score counted": 0,
        "is better than the average and shown less": 1,
    }


def test_without_scores_there_are_no_interesting_pros():
    assert interesting_pros(Cohort(replace(story_log(), scores={}))) == {}


@pytest.mark.parametrize("pro", [-1, 2])
def test_a_pro_who_is_not_there_is_refused(cohort, pro):
    with pytest.raises(ValueError, match=rf"pro = {pro}, must be within 0\.\.1"):
        pro_story(cohort, pro)


def test_stories_of_a_simulated_run_agree_with_its_log(finished):
    cohort = Cohort(log_of(finished, "wecasa_2025", 0))
    log = cohort.log
    met = sum(pro_story(cohort, int(pro)).newcomers.num_rows for pro in log.pros["pro"])
    # every client with a completed session has one pro who was the first
    assert met == len(np.unique(log.bookings["client"][cohort.completed]))
    for client in interesting_clients(cohort).values():
        assert client_story(cohort, client).requests.num_rows == (log.bookings["client"] == client).sum()
