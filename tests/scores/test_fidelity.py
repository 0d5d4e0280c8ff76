import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.scores.fidelity import Credit, FidelityScore, Immature
from tests.views import NOT_YET, history


def score(
    immature: Immature = "left_out",
    credit: Credit = "platform",
    rebook_days: float = 30,
    lookback_days: float = 40,
    min_sessions: int = 0,
    min_clients_behind: int = 1,
) -> FidelityScore:
    """Book again within 30 days; look back 40 days."""
    return FidelityScore(rebook_days, lookback_days, min_sessions, min_clients_behind, immature, credit)


def client(first: float, rebooked: float = NOT_YET, same: float = NOT_YET, pro: int = 0) -> tuple[int, float, float, float]:
    return pro, first, rebooked, same


JUST_AFTER = 1e-6


def clients_behind(immature: Immature, first: float) -> int:
    """Whether a client with this first session counts on day 100, as 0 or 1."""
    return int(score(immature)(history([client(first)]), 100.0).clients_behind[0])


def test_left_out_counts_those_who_have_had_the_full_time() -> None:
    # first session in (100 - 30 - 40, 100 - 30] = (30, 70]
    seen = [clients_behind("left_out", day) for day in (30, 30 + JUST_AFTER, 70, 70 + JUST_AFTER)]
    assert seen == [0, 1, 1, 0]


def test_lost_counts_those_of_the_lookback_until_now() -> None:
    # first session in (100 - 40, 100] = (60, 100]
    assert [clients_behind("lost", day) for day in (60, 60 + JUST_AFTER, 100)] == [0, 1, 1]


def test_kaplan_meier_counts_both() -> None:
    # first session in (30, 100]
    assert [clients_behind("kaplan_meier", day) for day in (30, 30 + JUST_AFTER, 100)] == [0, 1, 1]


def test_the_score_is_the_share_who_booked_again_in_time() -> None:
    # of four clients: after 10 days; after exactly 30; after 31, too late; never: 2 of 4
    past = history([client(40, 50), client(41, 71), client(42, 73), client(43)])
    table = score()(past, 100.0)
    assert table.value.tolist() == [0.5]
    assert table.clients_behind.tolist() == [4]


def test_lost_counts_clients_whose_time_is_not_over_as_lost() -> None:
    # a client of ten days ago who has not booked yet counts in full, and is left out otherwise
    past = history([client(65, 70), client(90)])
    assert score("lost")(past, 100.0).value.tolist() == [0.5]
    assert score("left_out")(past, 100.0).value.tolist() == [1.0]


def test_each_pro_is_scored_on_the_own_new_clients() -> None:
    past = history([client(40, 50, pro=2), client(41, pro=0), client(42, 60, pro=0), client(43, 60, pro=2)], n_pros=3)
    table = score()(past, 100.0)
    assert table.value[[0, 2]].tolist() == [0.5, 1.0]
    assert table.clients_behind.tolist() == [2, 0, 2]


def test_a_pro_without_clients_behind_has_no_score() -> None:
    for immature in ("left_out", "lost", "kaplan_meier"):
        table = score(immature)(history([client(95, pro=1)], n_pros=2), 100.0)  # type: ignore[arg-type]
        assert math.isnan(table.value[0])
        assert not table.counted[0]
        assert table.clients_behind[0] == 0
        empty = score(immature)(history([], n_pros=2), 100.0)  # type: ignore[arg-type]
        assert np.isnan(empty.value).all()
        assert not empty.counted.any()


def test_credit_says_whether_a_booking_with_another_pro_counts() -> None:
    # both came back; one first to somebody else, and to this pro too late
    past = history([client(40, 50, 50), client(41, 50, 75)])
    assert score(credit="platform")(past, 100.0).value.tolist() == [1.0]
    assert score(credit="same_pro")(past, 100.0).value.tolist() == [0.5]


def test_a_score_counts_from_the_thresholds_on() -> None:
    five = [client(40 + i, pro=pro) for pro in (0, 1, 2) for i in range(5)][:-1]
    past = history(five, n_pros=3, completed=[30, 29, 30])
    table = score(min_sessions=30, min_clients_behind=5)(past, 100.0)
    # enough of both; one session short; one client short
    assert table.clients_behind.tolist() == [5, 5, 4]
    assert table.counted.tolist() == [True, False, False]


def test_a_threshold_never_changes_the_value() -> None:
    past = history([client(40, 50), client(41)])
    assert score(min_sessions=1000)(past, 100.0).value.tolist() == score()(past, 100.0).value.tolist() == [0.5]


def test_the_thresholds_look_at_all_sessions_ever_and_the_value_at_the_window() -> None:
    # the client of day 10 is older than the window, the pro's sessions are not
    table = score(min_sessions=30)(history([client(10, 20), client(50)], completed=30), 100.0)
    assert table.value.tolist() == [0.0]
    assert table.counted.tolist() == [True]


def test_kaplan_meier_of_three_clients_by_hand() -> None:
    # on day 100: booked after 10 days; watched for 20 days without a booking; booked after 25 days
    past = history([client(60, 70), client(80), client(65, 90)])
    # at risk 3 at day 10: 2/3 left; the second is censored at 20; at risk 1 at day 25: 0 left
    assert score("kaplan_meier")(past, 100.0).value.tolist() == [1.0]
    # were the last one watched for 25 days too, 2/3 would be left: a share of 1/3
    watched = history([client(60, 70), client(80), client(75)])
    assert score("kaplan_meier")(watched, 100.0).value == pytest.approx([1 / 3])


def test_the_standard_error_of_a_share_is_binomial() -> None:
    # 1 of 4: sqrt(.25 * .75 / 4); nobody of 2: 0; no client: unknown
    past = history([client(40, 50), client(41), client(42), client(43), client(44, pro=1), client(45, pro=1)], n_pros=3)
    error = score()(past, 100.0).standard_error
    assert error[:2] == pytest.approx([math.sqrt(0.25 * 0.75 / 4), 0])
    assert math.isnan(error[2])


def test_the_standard_error_under_censoring_is_greenwoods() -> None:
    # booked after 10 days; watched for 20 and for 25 days: 2/3 left, with variance (2/3) ** 2 * 1 / (3 * 2)
    past = history([client(60, 70), client(80), client(75)], n_pros=2)
    error = score("kaplan_meier")(past, 100.0).standard_error
    assert error[0] == pytest.approx(2 / 3 * math.sqrt(1 / 6))
    assert math.isnan(error[1])
    # without censoring it is the binomial one: 1 of 2
    watched = history([client(40, 50), client(41)])
    assert score("kaplan_meier")(watched, 100.0).standard_error == pytest.approx([math.sqrt(0.25 / 2)])


def test_someone_censored_when_another_books_is_still_at_risk() -> None:
    # both at 20 days: one booking of two at risk
    past = history([client(60, 80), client(80)])
    assert score("kaplan_meier")(past, 100.0).value == pytest.approx([1 / 2])


events = st.lists(
    # first session on a coarse grid, so that times tie; then how long until the next booking, if ever
    st.tuples(st.integers(0, 2), st.integers(0, 100), st.one_of(st.none(), st.integers(0, 60))),
    max_size=40,
)


@given(events)
def test_kaplan_meier_equals_scipys_on_censored_data(rows: list[tuple[int, int, int | None]]) -> None:
    now, rebook = 100.0, 30.0
    past = history([client(first, NOT_YET if wait is None else first + wait, pro=pro) for pro, first, wait in rows], n_pros=3)
    table = score("kaplan_meier")(past, now)
    for pro in range(3):
        booked, watched = [], []
        for owner, first, wait in rows:
            if owner == pro and now - 70 < first <= now:
                if wait is not None and wait <= rebook and first + wait <= now:
                    booked.append(float(wait))
                else:
                    watched.append(min(now - first, rebook))
        assert table.clients_behind[pro] == len(booked) + len(watched)
        if booked or watched:
            survival = stats.ecdf(stats.CensoredData(uncensored=booked, right=watched)).sf.evaluate(rebook)
            assert table.value[pro] == pytest.approx(1 - float(survival), abs=1e-12)
        else:
            assert math.isnan(table.value[pro])


@given(events, st.sampled_from(["left_out", "lost", "kaplan_meier"]), st.sampled_from(["platform", "same_pro"]))
def test_bookings_of_the_future_are_invisible(rows: list[tuple[int, int, int | None]], immature: Immature, credit: Credit) -> None:
    now = 70.0

    def table(known_only: bool) -> list[list[float]]:
        clients = []
        for pro, first, wait in rows:
            booked = NOT_YET if wait is None else first + wait
            if first <= now:
                booked = NOT_YET if known_only and booked > now else booked
                clients.append(client(first, booked, booked, pro))
        result = score(immature, credit)(history(clients, n_pros=3), now)
        return [np.nan_to_num(result.value, nan=-1).tolist(), result.counted.tolist(), result.clients_behind.tolist()]

    assert table(known_only=False) == table(known_only=True)


@given(events)
def test_when_everybody_has_had_the_time_all_treatments_of_the_immature_agree(rows: list[tuple[int, int, int | None]]) -> None:
    # first sessions on days 101 to 201 and a refresh on day 500, looking back far enough: nobody is censored
    clients = [client(101 + first, NOT_YET if wait is None else 101 + first + wait, pro=pro) for pro, first, wait in rows]
    values = [score(immature, lookback_days=450)(history(clients, n_pros=3), 500.0).value for immature in ("left_out", "lost")]
    values.append(score("kaplan_meier", lookback_days=450)(history(clients, n_pros=3), 500.0).value)
    np.testing.assert_allclose(values[1], values[0], atol=1e-12)
    np.testing.assert_allclose(values[2], values[0], atol=1e-12)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("rebook_days", 0, "rebook_days = 0, must be > 0 and finite"),
        ("rebook_days", math.nan, "rebook_days = nan, must be > 0 and finite"),
        ("lookback_days", -1, "lookback_days = -1, must be > 0 and finite"),
        ("lookback_days", math.inf, "lookback_days = inf, must be > 0 and finite"),
        ("min_sessions", -1, "min_sessions = -1, must be >= 0"),
        ("min_clients_behind", 0, "min_clients_behind = 0, must be >= 1"),
        ("immature", "guessed", "immature = 'guessed', must be one of lost, left_out, kaplan_meier"),
        ("credit", "nobody", "credit = 'nobody', must be one of platform, same_pro"),
    ],
)
def test_a_wrong_parameter_is_refused_with_name_value_and_rule(field: str, value: object, rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        score(**{field: value})  # type: ignore[arg-type]
    assert str(caught.value) == rule
