import math

import pytest
from scipy import stats

from sim.allocators.ucb import UpperConfidenceBound
from tests.views import pro_view


def test_a_pro_leads_by_being_good_or_little_known() -> None:
    assert UpperConfidenceBound.offer_order == "ranked"
    beliefs = [stats.beta(30, 70), stats.beta(3, 7), stats.beta(33, 67)]
    view = pro_view([belief.mean() for belief in beliefs], standard_error=[belief.std() for belief in beliefs])
    weights = UpperConfidenceBound(0.9).visibility(view, 100.0)
    assert weights == pytest.approx([belief.ppf(0.9) for belief in beliefs], rel=1e-6)
    # of two of 30 % the less known one is ahead, even of one of 33 %
    assert weights[1] > weights[2] > weights[0]


def test_more_confidence_explores_more() -> None:
    view = pro_view([0.3, 0.33], standard_error=[0.08, 0.03])
    cautious, bold = (UpperConfidenceBound(level).visibility(view, 100.0) for level in (0.55, 0.95))
    assert cautious[0] < cautious[1]
    assert bold[0] > bold[1]


def test_a_pro_who_is_not_counted_stands_at_the_mean_of_the_bounds() -> None:
    view = pro_view([0.2, 0.4, 0.9], [True, True, False], standard_error=[0.0] * 3)
    assert UpperConfidenceBound(0.9).visibility(view, 100.0) == pytest.approx([0.2, 0.4, 0.3])


@pytest.mark.parametrize("confidence", [0.4, 1, math.nan])
def test_the_confidence_has_bounds(confidence: float) -> None:
    with pytest.raises(ValueError, match=f"confidence = {confidence:g}, must be within 0.5..0.9999"):
        UpperConfidenceBound(confidence)
