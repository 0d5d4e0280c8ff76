from experiments.comparison.tables import PEOPLE, people_rows
from tests.charts.comparisons import GAIN, make_comparison
from tests.report.test_people import with_people


def test_who_pays_is_a_row_a_policy_and_group_and_first_with_luck_averaged_out():
    rows = [dict(zip(PEOPLE, row, strict=True)) for row in people_rows(with_people(0.7), ("hair",))]
    assert (rows[0]["by"], rows[0]["value"], rows[0]["arm"], rows[0]["control"]) == ("expected by quality", "", "strict", "uniform")
    # tenths five times .7 and five times 1: linear from .45 to .55, the change passes -.1 two thirds of the way
    assert abs(rows[0]["lost"] - (0.45 + 0.1 * 2 / 3)) < 0.002
    by = {(row["by"], row["value"]): row for row in rows}
    assert by["all", 0]["lost"] == 0.5
    assert by["all", 0]["leavers"] == 1
    assert by["all", 0]["n_pros"] == by["service", "hair"]["n_pros"] == 20


def test_where_incomes_were_not_kept_nobody_is_said_to_pay():
    assert people_rows(make_comparison({"wecasa_2025": GAIN}), ()) == []
