"""How values of each unit are written."""

import math
from typing import get_args

from sim.metrics.catalogue import Unit
from sim.words.language import speaking
from sim.words.units import WRITINGS, amounts, rounded, shift, signed, signed_interval, signed_with_interval


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


def test_money_has_no_cents_from_a_thousand_on_and_numbers_that_stand_together_agree() -> None:
    assert (shift(-5542.61, "eur"), shift(-542.61, "eur")) == ("−5,543 EUR", "−542.61 EUR")
    # 999.996 would read 1,000.00
    assert (signed(999.99, "eur"), signed(999.996, "eur")) == ("+999.99", "+1,000")
    assert amounts("eur", 5542.61, 12.3) == ("5,543", "12")
    # not [-5,543, +999.50]
    assert signed_interval(-5542.61, 999.5, "eur") == "[−5,543, +1,000]"
    assert signed_with_interval(200.4, -600.2, 1001.0, "eur") == "+200 EUR [−600, +1,001]"
    assert signed_with_interval(200.4, -600.2, 999.0, "eur") == "+200.40 EUR [−600.20, +999.00]"
    assert signed_with_interval(5542.61, math.nan, math.nan, "eur") == "+5,543 EUR"
    # other units keep their decimals
    assert shift(1234.5, "days") == "+1,234.5 days"


def test_money_is_written_alike_in_every_language() -> None:
    with speaking("fr"):
        assert shift(-5542.61, "eur") == "−5\u202f543\u00a0€"
    with speaking("de"):
        assert shift(-5542.61, "eur") == "−5.543\u00a0€"
