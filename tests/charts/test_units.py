"""How values of each unit are written."""

import math
from typing import get_args

from sim.charts.units import WRITINGS, rounded, signed, signed_interval
from sim.metrics.catalogue import Unit


def test_every_unit_of_a_metric_can_be_written() -> None:
    assert set(WRITINGS) == set(get_args(Unit))


def test_numbers_are_rounded_with_thousands_and_a_true_minus() -> None:
    assert rounded(1234.56, 1) == "1,234.6"
    assert rounded(-0.126, 2) == "−0.13"
    assert rounded(0.126, 2, signed=True) == "+0.13"


def test_a_zero_after_rounding_has_no_sign() -> None:
    assert rounded(-0.004, 2) == "0.00"
    assert rounded(0.004, 2, signed=True) == "0.00"


def test_what_is_not_defined_is_a_dash() -> None:
    assert rounded(math.nan, 1) == "–"
    assert signed(math.nan, "eur") == "–"
    assert signed_interval(math.nan, math.nan, "eur") == ""


def test_differences_of_shares_are_in_points() -> None:
    # .0063 of a share is .63 percentage points
    assert signed(0.0063, "share") == "+0.63"
    assert signed_interval(-0.0014, 0.0112, "share") == "[−0.14, +1.12]"


def test_other_differences_keep_their_unit() -> None:
    assert signed(-1.236, "eur") == "−1.24"
    assert signed(12.34, "days") == "+12.3"
    assert signed(0.0126, "number") == "+0.013"
