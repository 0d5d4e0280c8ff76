"""The file beside the simulation of the rule that stands for its own."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from sim.calibration.base_fit import BAND, BaseFit, BaseRow, By, Figure, Happened, base_fit

MONDAY = 19359
"""2023-01-02, in days since 1970-01-01."""
YEAR = 365
NONE: dict[By, Sequence[str]] = {}
Row = tuple[int, int, bool]
"""Client, day of request and visit, whether it found a pro and took place."""


def happened(rows: Sequence[Row], known: Sequence[int] = (), groups: dict[By, Sequence[int]] | None = None) -> Happened:
    """Requests for the same day."""
    client, day, served = (np.array(column) for column in zip(*rows, strict=True))
    codes = {by: np.array(values) for by, values in (groups or {}).items()}
    return Happened(client, ~np.isin(client, known), day, day, served, served, codes)


def clients(n: int, returning: int, gap: int = 50, day: int = 10, unfilled: int = 0) -> list[Row]:
    """New clients with a visit each on one day, of whom some come again; and requests of others that no pro took."""
    first = [(client, day, True) for client in range(n)]
    again = [(client, day + gap, True) for client in range(returning)]
    return first + again + [(n + client, day, False) for client in range(unfilled)]


def fitted(file: Happened, *runs: Happened, names: dict[By, Sequence[str]] = NONE, n_days: int = YEAR) -> BaseFit:
    return base_fit("uniform", file, runs, MONDAY, n_days, names)


def row(fit: BaseFit, figure: Figure, by: By = "total", value: str = "") -> BaseRow:
    (found,) = [row for row in fit.rows if (row.by, row.value, row.figure) == (by, value, figure)]
    return found


def test_a_file_beside_itself_fits() -> None:
    same = happened(clients(100, 30, unfilled=10))
    fit = fitted(same, same, same)
    assert fit.ranks
    assert [(one.figure, one.verdict, one.difference) for one in fit.totals] == [
        ("return_rate_6m", "fits", 0.0),
        ("fill_rate", "fits", 0.0),
        ("visits_per_day", "fits", 0.0),
    ]
    # 30 of 100 came again; of 140 requests 10 found nobody; 130 visits in 365 days
    assert [one.file for one in fit.totals] == pytest.approx([0.3, 130 / 140, 130 / 365])


def test_a_return_counts_within_183_days_of_the_first_visit_and_on_another_day() -> None:
    def rate(*rows: Row) -> float:
        return row(fitted(happened(rows), happened(rows)), "return_rate_6m").file

    assert rate((0, 10, True), (0, 10 + 183, True)) == 1
    assert rate((0, 10, True), (0, 10 + 184, True)) == 0
    assert rate((0, 10, True), (0, 10, True)) == 0
    assert rate((0, 10, True), (0, 11, False)) == 0
    # the first visit is the first that took place
    assert rate((0, 10, False), (0, 20, True), (0, 203, True)) == 1


def test_only_new_clients_who_are_followed_for_183_days_can_return() -> None:
    rows = [(0, 181, True), (0, 200, True), (1, 182, True), (2, 10, True), (3, 10, True)]
    # of 365 days the last is 364: a first visit on day 181 is followed until then, one on day 182 is not; client 2 is known
    found = row(fitted(happened(rows, known=[2]), happened(rows, known=[2])), "return_rate_6m")
    assert found.file == pytest.approx(1 / 2)


def test_what_lies_outside_of_the_period_does_not_count() -> None:
    inside = clients(40, 10)
    outside = [*inside, (99, 400, True), (98, -3, True)]
    assert fitted(happened(outside), happened(inside), happened(inside)) == fitted(*[happened(inside)] * 3)


def test_the_band_is_the_binomial_luck_of_the_file_where_replications_differ_less() -> None:
    file, run = happened(clients(400, 200)), happened(clients(400, 100))
    found = row(fitted(file, run, run), "return_rate_6m")
    # both replications .25: 1.96 sqrt(.25 * .75 / 400) sqrt(1 + 1/2) = .05197
    assert (found.low, found.high) == pytest.approx((0.25 - 0.051972, 0.25 + 0.051972), abs=1e-5)
    assert found.verdict == "off"


def test_the_band_is_the_luck_between_replications_where_that_is_larger() -> None:
    file = happened(clients(400, 120))
    found = row(fitted(file, happened(clients(400, 40)), happened(clients(400, 200))), "return_rate_6m")
    # .1 and .5: mean .3, deviation .4 / sqrt(2) = .282843; 1.96 * .282843 * sqrt(1.5) = .678964
    assert found.high - found.simulated == pytest.approx(0.678964, abs=1e-5)
    assert found.high - found.simulated == pytest.approx(BAND * 0.4 / math.sqrt(2) * math.sqrt(1.5))


def test_a_difference_beyond_the_tolerance_that_luck_explains_is_no_verdict() -> None:
    # .30 against .35 of 40 clients: the binomial deviation alone is sqrt(.35 * .65 / 40) = .075
    fit = fitted(happened(clients(40, 12)), happened(clients(40, 14)), happened(clients(40, 14)))
    assert row(fit, "return_rate_6m").verdict == "too few"
    assert fit.ranks


def test_a_figure_of_fewer_than_30_cases_is_not_judged() -> None:
    fit = fitted(happened(clients(29, 0)), happened(clients(29, 29)))
    assert row(fit, "return_rate_6m").verdict == "too few"
    assert row(fit, "fill_rate").verdict == "too few"
    # 29 visits against 58
    assert row(fit, "visits_per_day").verdict == "off"


@pytest.mark.parametrize(("unfilled", "verdict"), [(20, "fits"), (21, "off")])
def test_two_points_of_requests_that_find_a_pro_are_tolerated(unfilled: int, verdict: str) -> None:
    # all of the file's find one; of 1000 requests 20 are two points, and 1.96 sqrt(.02 * .98 / 1000) sqrt(2) = 1.2 points are luck
    file, run = happened(clients(1000, 0)), happened(clients(1000 - unfilled, 0, unfilled=unfilled))
    assert row(fitted(file, run), "fill_rate").verdict == verdict


@pytest.mark.parametrize(("visits", "verdict"), [(95, "fits"), (105, "fits"), (94, "off"), (106, "off")])
def test_a_twentieth_of_the_files_visits_is_tolerated(visits: int, verdict: str) -> None:
    found = row(fitted(happened(clients(100, 0)), happened(clients(visits, 0)), happened(clients(visits, 0))), "visits_per_day")
    assert found.verdict == verdict
    assert found.difference == pytest.approx((visits - 100) / 365)


def test_months_are_those_of_the_calendar_and_visits_are_spread_over_their_days() -> None:
    # day 0 is 2023-01-02: January has 30 days of the period; day 30 is February 1
    rows = [(client, 29, True) for client in range(30)] + [(client, 30, True) for client in range(100, 156)]
    fit = fitted(happened(rows), happened(rows), n_days=60)
    assert row(fit, "visits_per_day", "month", "2023-01").file == 30 / 30
    assert row(fit, "visits_per_day", "month", "2023-02").file == 56 / 28
    # nobody can be followed for 183 days
    assert not [one for one in fit.rows if one.figure == "return_rate_6m"]


def test_zones_and_services_are_told_apart_where_the_file_has_them() -> None:
    rows = clients(80, 0)
    ours = happened(rows, groups={"zone": [0] * 40 + [1] * 40})
    theirs = happened(rows, groups={"zone": [0] * 40 + [1] * 30 + [-1] * 10, "service": [0] * 80})
    fit = fitted(ours, theirs, names={"zone": ("North", "South"), "service": ("hair",)})
    assert {(one.by, one.value) for one in fit.rows if one.by != "month"} == {("total", ""), ("zone", "North"), ("zone", "South")}
    assert row(fit, "visits_per_day", "zone", "North").verdict == "fits"
    assert row(fit, "visits_per_day", "zone", "South").verdict == "off"
    # months and zones explain, totals decide
    assert fit.ranks


def test_a_month_that_the_simulation_alone_fills_is_off() -> None:
    file, run = happened(clients(40, 0)), happened(clients(40, 40, gap=60))
    assert row(fitted(file, run), "visits_per_day", "month", "2023-03").verdict == "off"


def test_a_figure_that_says_nothing_is_left_out() -> None:
    same = happened(clients(100, 30))
    fit = base_fit("uniform", same, [same], MONDAY, YEAR, {}, ("fill_rate", "visits_per_day"))
    assert {one.figure for one in fit.rows} == {"fill_rate", "visits_per_day"}


def test_the_band_holds_a_file_that_is_one_more_replication() -> None:
    # 200 files of 300 clients who return with chance .3, each beside 8 replications: 95 % of bands hold them, give or take
    # 3 sqrt(.95 * .05 / 200) = .046
    luck = np.random.default_rng(1)

    def drawn() -> Happened:
        return happened(clients(300, int(luck.binomial(300, 0.3))))

    held = 0
    for _ in range(200):
        found = row(fitted(drawn(), *(drawn() for _ in range(8))), "return_rate_6m")
        held += found.low <= found.file <= found.high
    assert 0.904 <= held / 200 <= 0.996
