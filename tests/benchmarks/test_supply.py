"""The two published natural experiments, in sign, with fewer replications than the command takes."""

import numpy as np
import pytest

from benchmarks.supply import Badge, compare, comparisons, main, share
from tests.markets import arm, market
from tests.views import pro_view

N = 6


def found(title: str) -> dict[str, tuple[float, float]]:
    """Intervals of the differences of one comparison."""
    return compare(title, *comparisons(market(preset="personal_care"), arm("wecasa_2025"))[title], N)


def test_a_badge_is_for_the_best_of_those_who_are_counted() -> None:
    view = pro_view([5, 4, 3, 2, 9, 9], counted=[True, True, True, True, False, True], active=[True] * 5 + [False])
    # of four active and counted pros the best quarter; whoever has left has no say, but would have the badge
    assert Badge(0.75).visibility(view, 0.0).tolist() == [3, 1, 1, 1, 1, 3]
    assert Badge(0.5).visibility(view, 0.0).tolist() == [3, 3, 1, 1, 1, 3]
    assert Badge(0.5).visibility(pro_view([1, 2], counted=[False, False]), 0.0).tolist() == [1, 1]


def test_a_stricter_badge_brings_entry_and_tails_of_quality_where_newcomers_stand_with_those_without() -> None:
    differences = found("a badge for a tenth instead of half")
    assert differences["later pros who join, %"][0] > 0
    assert differences["of the lowest fifth in quality, %"][0] > 0


def test_a_boost_for_new_pros_brings_more_of_them_and_fills_more_requests() -> None:
    differences = found("a boost for new pros")
    assert differences["later pros who join, %"][0] > 0
    assert differences["pros at the end"][0] > 0
    assert differences["requests filled in the last year, %"][0] > 0


def test_a_boost_costs_less_than_a_percent_of_the_first_year_before_supply_answers() -> None:
    # the first year brings about 95,000 EUR; published was .7 %
    assert found("a boost for new pros, and all join")["contribution of the first year, EUR"][0] > -950


def test_pros_who_select_cost_new_clients_a_pro_and_the_platform_money() -> None:
    differences = found("pros who select")
    assert differences["first bookings filled, %"][1] < 0
    assert differences["first bookings cancelled by the pro, %"][0] > 0
    assert differences["Net contribution per new client, 24 months"][1] < 0


def test_a_share_is_of_those_it_is_among() -> None:
    rows, among = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert share(rows, among) == 50
    assert np.isnan(share(rows, among & False))


def test_one_replication_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--replications", "1"])
    assert stopped.value.code == 2
    assert "--replications = 1, must be >= 2" in capsys.readouterr().err
