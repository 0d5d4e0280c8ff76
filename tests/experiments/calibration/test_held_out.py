import numpy as np
import pytest

from experiments.calibration.fit import HoldOut
from experiments.calibration.held_out import (
    ORIGINS,
    WEEKLY,
    accuracy_rows,
    as_json,
    held_out_chart,
    held_out_page,
    origin_rows,
    weekly_rows,
)
from sim.forecasting.ensemble import fit_ensemble, forecast
from sim.forecasting.origins import at_origin
from tests.forecasting.files import file

UNTIL, DAYS = 364, 95


@pytest.fixture(scope="module")
def held() -> HoldOut:
    visits = file(200, UNTIL + DAYS + 1, 20)
    days = (UNTIL + 1, UNTIL + DAYS)
    ensemble = fit_ensemble(visits, UNTIL, DAYS, 1, ("mbg", "pareto"))
    found = forecast(ensemble, visits, days, 100)
    origin = at_origin(visits, *days)
    week = (visits.day[(visits.day > UNTIL) & np.isin(visits.client, origin.seen.client)] - days[0]) // 7
    weekly = np.bincount(week, minlength=len(origin.ends)).astype(float)
    others = {name: np.outer(origin.ends, origin.seen.repeats) for name in ("bg_nbd", "pareto_nbd", "past_rate")}
    return HoldOut(*days, ensemble, found, origin.true, weekly, others, {0.5: 0.5, 0.8: 0.8, 0.95: 0.95})


def test_weeks_add_up_to_the_whole_and_the_last_may_be_a_part(held: HoldOut) -> None:
    rows = [dict(zip(WEEKLY, row, strict=True)) for row in weekly_rows(held)]
    # 95 days are 13 weeks and 4 days
    assert [row["week"] for row in rows] == list(range(1, 15))
    summed, told = sum(row["truth"] for row in rows), as_json(held)
    assert summed == rows[-1]["truth_so_far"] == told["truth"] == held.true.sum()
    assert rows[-1]["forecast_so_far"] == pytest.approx(told["forecast"])
    assert (rows[-1]["low_so_far"], rows[-1]["high_so_far"]) == pytest.approx((told["low"], told["high"]))
    assert rows[-1]["inside_so_far"] is told["inside"] is held.inside
    for row in rows:
        assert row["inside"] is (row["low"] <= row["truth"] <= row["high"])


def test_the_numbers_of_the_hold_out_are_those_of_its_clients(held: HoldOut) -> None:
    told = as_json(held)
    error = held.forecast.by_client - held.true
    assert told["clients"] == len(held.true)
    assert told["mae"] == pytest.approx(np.abs(error).mean())
    assert told["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert sum(told["weights"].values()) == pytest.approx(1)
    assert told["form"] == max(told["weights"], key=told["weights"].get)
    assert told["baselines"]["past_rate"]["forecast"] == pytest.approx(held.others["past_rate"][-1].sum())
    assert [row[0] for row in accuracy_rows(held)][1:] == ["BG/NBD", "Pareto/NBD", "past rate goes on"]


def test_each_model_and_earlier_day_has_a_row_and_the_page_has_them_too(held: HoldOut) -> None:
    rows = [dict(zip(ORIGINS, row, strict=True)) for row in origin_rows(held)]
    assert len(rows) == len(held.ensemble.tried) * len(held.ensemble.members)
    assert {row["from_day"] for row in rows} == {one.day for one in held_out_page(held, False).earlier}
    for row in rows:
        assert 0 < row["crps"] < row["rmse"]
        assert row["mae"] <= row["rmse"]
        assert abs(row["bias"]) <= row["mae"]
    page = held_out_page(held, True)
    assert page.needs
    assert sum(weight for _, weight, *_ in page.members) == pytest.approx(1)
    chart = held_out_chart(held)
    assert len(chart.true) == 14
    assert len(chart.forecasts) == 4
