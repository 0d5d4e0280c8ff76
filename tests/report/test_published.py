"""Figures of a simulated market beside published bands."""

import math
import re

import numpy as np
import pytest

from sim.metrics.catalogue import METRICS
from sim.report.published import TARGETS, TargetLine, scorecard
from sim.report.sheet import RealismRecord, realism_document
from sim.statistics.intervals import Interval
from tests.report.test_page import Outline

TARGET = TARGETS[0]  # .28 to .32


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        (Interval(0.30, 0.25, 0.35, 8), "within the band"),
        (Interval(0.33, 0.31, 0.35, 8), "not clear yet"),
        (Interval(0.35, 0.33, 0.37, 8), "outside the band"),
        (Interval(0.25, 0.23, 0.27, 8), "outside the band"),
        (Interval(0.35, math.nan, math.nan, 1), "not clear yet"),
        (Interval(math.nan, math.nan, math.nan, 0), "not defined"),
    ],
)
def test_a_figure_is_within_its_band_by_its_mean_and_outside_only_with_its_whole_interval(interval: Interval, verdict: str) -> None:
    assert TargetLine(TARGET, interval).verdict == verdict


def test_every_target_is_a_metric_with_a_band_that_holds_something() -> None:
    names = {one.name for one in METRICS}
    assert all(one.metric in names and one.low < one.high for one in TARGETS)


def test_a_metric_that_was_not_measured_is_not_defined() -> None:
    lines = scorecard({"return_rate_6m": np.array([0.29, 0.31])})
    assert [line.verdict for line in lines] == ["within the band"] + ["not defined"] * (len(TARGETS) - 1)


def test_the_page_of_a_market_names_what_is_outside_and_escapes_what_is_given() -> None:
    values = {"return_rate_6m": np.array([0.4, 0.4, 0.41]), "reach_3_in_12m": np.array([0.23, 0.24, 0.25])}
    record = RealismRecord("<b>", "wecasa_2025", tuple(scorecard(values)), "python -m x '<i>'", 7, {"numpy": "2"}, {"Runs": "ab"})
    document = realism_document(record)
    page = Outline(document.html)
    assert not {"b", "i"} & set(page.tags)
    assert "1 of 2 figures lie within what was published or measured." in page.text
    assert "Outside: New clients who book again within 6 months." in page.text
    assert "28.0 to 32.0 %" in page.text
    assert "Not defined under this arm: " in document.markdown
    assert not re.search(r"https?:", document.html)
