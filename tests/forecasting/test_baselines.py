import numpy as np
import pytest

from sim.calibration.client_model import expected_visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import histories
from sim.forecasting.baselines import baselines, closed_means, has_closed_mean, past_rate
from sim.forecasting.forms import Form
from tests.calibration.worlds import CDNOW_CALIBRATION, CDNOW_END, cdnow
from tests.forecasting.definitions import VALUES, at_truth, same

DAY = {text: int(np.datetime64(text).astype(np.int64)) for text in (CDNOW_CALIBRATION, CDNOW_END)}


def test_the_rate_of_the_past_goes_on() -> None:
    # four repeats in 10 weeks are 8 in 20; a client of the first week has no rate yet
    assert past_rate(same(1, [2.0] * 4, 10.0), 20.0).tolist() == [8.0]
    assert past_rate(same(1, [], 0.1), 20.0).tolist() == [0.0]


def test_only_gaps_without_rhythm_have_a_closed_mean() -> None:
    assert [has_closed_mean(Form(ending)) for ending in ("bg", "mbg", "pareto", "ageing")] == [True, True, True, False]
    assert not has_closed_mean(Form("bg", "common"))


def test_a_lifetime_shape_of_one_is_the_limit() -> None:
    form, seen = Form("pareto"), same(1, [3.0, 4.0], 10.0)
    values = {"rate_shape": 1.0, "rate_weeks": 8.0, **VALUES["pareto"]}
    found = [
        closed_means(form, at_truth(form, values | {"lifetime_shape": s}).at, seen, np.array([26.0]))[0, 0]
        for s in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert found[1] == pytest.approx((found[0] + found[2]) / 2, rel=1e-8)


def test_bg_nbd_is_the_published_one_on_cdnow() -> None:
    """With Fader, Hardie & Lee's parameters (2005, table 2), and as fitted here."""
    needs = cdnow()
    seen, weeks = histories(needs, DAY[CDNOW_CALIBRATION]), (DAY[CDNOW_END] - DAY[CDNOW_CALIBRATION]) / 7
    published = expected_visits(ClientModel(0.243, 4.414, 0.793, 2.426), seen, weeks)
    found = baselines(seen, np.array([13.0, weeks]))
    assert found["bg_nbd"].shape == (2, len(seen))
    assert found["bg_nbd"][1] == pytest.approx(published, rel=0.01, abs=0.01)
    # whoever forecasts from the past rate forgets that people leave
    assert found["past_rate"][1].sum() > 1.5 * published.sum()
    assert (found["pareto_nbd"][0] <= found["pareto_nbd"][1]).all()
