import pytest

from sim.programmes import recognition
from tests.programmes.presets import filled, preset


def test_a_client_is_known_from_the_third_booking_on() -> None:
    rule = filled(preset("recognition"))
    assert [recognition.is_known(n, rule) for n in (1, 2, 3, 9)] == [False, False, True, True]


def test_a_recognition_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^from_booking = 0, must be"):
        preset("recognition", from_booking=0)
    with pytest.raises(ValueError, match=r"^lift_logit = -1, must be"):
        preset("recognition", lift_logit=-1)
