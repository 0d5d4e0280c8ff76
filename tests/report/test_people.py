"""Who pays, in words and as a table."""

import numpy as np

from sim.report.page import render_report
from sim.report.people import group_name, local_rows, losers_sentence, people_rows, pros_text
from sim.statistics.comparison import Comparison, compare
from sim.statistics.intervals import Interval
from tests.charts.comparisons import make_comparison
from tests.report.test_page import EXTRAS, Outline

N, PROS = 6, 20


def with_people(kept: float) -> Comparison:
    """Twenty pros of rising quality who earn 100 a week; under the arm the worse half keeps a share, give or take a hundredth."""
    base = make_comparison({"strict": (0.03, 0.03, 0.031)})
    luck = np.linspace(-0.01, 0.01, N)[:, None]
    who = {
        "pro_left": np.zeros((N, PROS)),
        "pro_new": np.tile(np.arange(PROS) % 2, (N, 1)).astype(float),
        "pro_hours": np.full((N, PROS), 40.0),
        "pro_zone": np.zeros((N, PROS)),
        "pro_service": np.zeros((N, PROS)),
        "pro_truth": np.tile(np.linspace(0.2, 0.4, PROS), (N, 1)),
    }
    income = np.full((N, PROS), 100.0)
    less = income * np.where(np.arange(PROS) < PROS // 2, kept + luck, 1.0)
    curves = {arm: dict(base.curves[arm]) for arm in base.arms}
    curves["uniform"] |= who | {"pro_income_eur": income}
    curves["strict"] |= who | {"pro_income_eur": less, "pro_left": np.eye(N, PROS)}
    return compare(base.values, "uniform", {row.metric: None for row in base.summaries}, curves)


def test_a_share_of_pros_is_said_in_words_beside_its_interval() -> None:
    assert losers_sentence(Interval(0.11, 0.08, 0.14, 8), Interval(2.0, 1.0, 3.0, 8)) == (
        "Who loses more than a tenth of income, by true quality: one pro in 9, 11 % [8, 14]; 2.0 [1.0, 3.0] more pros leave."
    )
    # whether more leave is not known: not a word
    assert losers_sentence(Interval(0.11, 0.08, 0.14, 8), Interval(0.5, -1.0, 2.0, 8)).endswith("11 % [8, 14].")
    assert "2.0 [1.0, 3.0] fewer pros leave" in losers_sentence(Interval(0.11, 0.08, 0.14, 8), Interval(-2.0, -3.0, -1.0, 8))
    assert losers_sentence(None, None) == ""
    assert pros_text(Interval(0.45, 0.36, 0.66, 8)) == "45 % [36, 66] of pros"


def test_each_policy_has_a_row_with_the_groups_that_pay() -> None:
    (row,) = people_rows(with_people(0.7))
    assert row.arm == "strict"
    assert row.losers.endswith("of pros")
    # the lowest third keeps seven tenths on average over the luck, the highest third all
    assert row.changes[0].startswith("−30.0 % [")
    assert row.changes[2].startswith("0.0 %")
    # whoever keeps seven tenths, give or take a hundredth, loses more than a tenth: the worse half
    assert row.with_luck == "50 % lose, 0 % gain"
    # one more pro has left in each replication
    assert row.leavers == "1.0 [1.0, 1.0]"
    assert people_rows(make_comparison({"strict": (0.03, 0.03, 0.031)})) == []


def test_services_and_zones_have_their_names() -> None:
    rows = local_rows(with_people(0.7), ("hair",))
    assert {group for _, group, _ in rows} == {"service hair", "zone 0"}
    assert group_name("hours", 0).startswith("part-time")


def test_the_page_has_the_table_where_incomes_were_kept() -> None:
    assert "Which pros pay" in Outline(render_report(with_people(0.7), EXTRAS)).text
    assert "Which pros pay" not in Outline(render_report(make_comparison({"strict": (0.03, 0.03, 0.031)}), EXTRAS)).text
