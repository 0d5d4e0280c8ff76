import math
from dataclasses import replace

import pytest

from sim.bookings.rows import ROWS, Issue
from sim.calibration.findings import Finding, PolicyGain
from sim.calibration.lifetime_value import NewClientValue
from sim.calibration.likeness import Check
from sim.report.calibration import CalibrationPage, gained, one_side, percent, render_calibration, summary, with_interval
from sim.said import say
from sim.statistics.intervals import Interval
from sim.words.units import NOT_DEFINED


def check(verdict: str, label: str = "Gap", n: int = 90, shown: str = "share", value: float = 0.5, name: str = "gap") -> Check:
    return Check(name, label, value, 0.6, shown, 0.1, 0.05, n, verdict)  # type: ignore[arg-type]


def page(**changes: object) -> CalibrationPage:
    values: dict[str, object] = {
        "source": "a <shop>",
        "period": "2017 to 2018",
        "market": "shop",
        "arm": "uniform",
        "model": "BG/NBD",
        "log_likelihood": -12.5,
        "n_clients": 40,
        "parameters": [("rate_shape", Interval(1.0, 0.5, 2.0, 40)), ("drop_a", Interval(1.0, math.nan, math.nan, 40))],
        "forms": [("BG/NBD", -12.5, 33.0)],
        "issues": [Issue(say("rows in the file"), 50, ROWS)],
        "found": [Finding("clients.gap_shape", 1.0, say("no column"))],
        "untold": [("clients.channels", say("no column"))],
        "checks": [check("alike"), check("differs", "Weekday"), check("cannot tell", "Rating", 0)],
        "n_runs": 8,
        "held": None,
        "command": "python -m experiments.calibrate file='x'",
        "use": "python -m experiments.compare market=shop",
        "seed": 1,
        "versions": {"numpy": "2"},
    }
    return CalibrationPage(**(values | changes))  # type: ignore[arg-type]


def test_the_page_says_in_short_what_is_alike_and_what_is_not() -> None:
    first, second = summary(page())
    assert first.startswith("1 of 2 figures of the simulated market are as close to the file as luck allows;")
    assert first.endswith("these differ by more than a tenth: Weekday.")
    assert second.startswith("1 numbers")
    assert summary(page(checks=[check("cannot tell", n=3)]))[0] == "The file is too short or too small to judge any figure."


def test_a_form_that_is_taken_for_what_it_can_say_is_owned_up_to() -> None:
    forms = [("BG/NBD and one-time clients", -100.0, 210.0), ("MBG/NBD", -106.5, 221.0)]
    forced = page(model="MBG/NBD", forms=forms, signs=["return by first pro, rho 0.02 [0.01, 0.03]"])
    (sentence,) = [words for words in summary(forced) if "so MBG/NBD is used" in words]
    assert "(return by first pro, rho 0.02 [0.01, 0.03])" in sentence
    # 221 - 210
    assert "BG/NBD and one-time clients says more (AIC smaller by 11.0)" in sentence
    assert "Only forms in which the first visit can end the relation were chosen from" in render_calibration(forced, [])
    # it costs nothing, or nothing shows that the first visit decides
    close = page(model="MBG/NBD", forms=[forms[0], ("MBG/NBD", -101.0, 212.0)], signs=["a sign"])
    for said in (summary(close), summary(page(model="MBG/NBD", forms=forms))):
        assert not any("is used" in words for words in said)


def test_the_page_escapes_what_comes_from_outside_and_names_what_the_file_does_not_say() -> None:
    html = render_calibration(page(), [])
    assert "a &lt;shop&gt;" in html
    assert "<shop>" not in html
    assert "The file says nothing about: Rating." in html
    assert "no column" in html
    assert "python -m experiments.compare market=shop" in html
    assert html == render_calibration(page(), [])
    assert "Why this forecast" not in html


@pytest.mark.parametrize(
    ("shown", "value", "name", "text"),
    [
        ("share", 0.378, "ladder_1", "37.8 %"),
        ("median", 35.0, "gap", "median 35"),
        ("mean", 2.134, "visits", "mean 2.13"),
        ("mean", 0.0213, "pro_rho", "mean 0.021"),
        ("mode", 4.0, "weekday", "most: Fri"),
        ("mode", 11.0, "month", "most: Dec"),
        ("mean", math.nan, "visits", "–"),
    ],
)
def test_each_side_is_written_in_its_own_way(shown: str, value: float, name: str, text: str) -> None:
    assert one_side(check("alike", shown=shown, name=name), value) == text


def test_intervals_and_errors_that_are_not_defined_say_so() -> None:
    assert with_interval(Interval(1.0, math.nan, math.nan, 3)) == "1.000 (no interval: the likelihood is flat)"
    assert with_interval(Interval(1.0, 0.5, 2.0, 3)) == "1.000 [0.500, 2.000]"
    assert percent(0.126) == "+12.6 %"
    assert percent(math.nan) == "–"


def value(channel: str, months: int, low: float = 90.0, estimate: float = 100.0) -> NewClientValue:
    return NewClientValue(channel, months, Interval(estimate, low, 2 * estimate - low, 250), 0.634, 30.0)


def test_the_value_of_a_new_client_is_said_in_short_and_by_channel() -> None:
    values = [value("", 12), value("", 24, 170.0, 200.0), value("<web>", 12), value("<web>", 24, math.nan, math.nan)]
    assert (
        summary(page(values=values))[1]
        == "A new client pays 200.00 EUR [170.00, 230.00] in the first 24 months, of which 63 % was paid by the end of the file."
    )
    html = render_calibration(page(values=values), [])
    for text in ("All new clients", "First 12 months", "&lt;web&gt;", "100.00 EUR [90.00, 110.00]", "30.00 EUR", "value.csv"):
        assert text in html
    assert "The model knows no channels" in html
    assert "A 95 % interval covers chance" in html
    assert "What a new client is worth" not in render_calibration(page(), [])


def test_values_without_an_interval_say_why() -> None:
    html = render_calibration(page(values=[value("", 12, math.nan), value("", 24, math.nan)]), [])
    assert "There are no intervals, since the likelihood of the model is flat" in html
    assert "100.00 EUR</td>" in html
    assert "knows no channels" not in html


def served(verdict: str, simulated: float) -> list[Check]:
    """What was served, beside one figure that is alike."""
    fill = Check("fill_rate", say("Requests that find a pro"), 1.0, simulated, "share", 1 - simulated, 0.01, 90, verdict)  # type: ignore[arg-type]
    visits = Check("visits_per_day", say("Visits a day, all clients, now"), 4.0, 4.1, "rate", 0.025, 0.1, 90, "alike")
    busy = Check("utilisation", say("Hours busy of hours worked"), 0.3, 0.15, "share", 0.5, 0.1, 90, "differs")
    rho = Check("pro_rho", say("Correlation of new clients' return within pros"), 0.01, 0.02, "mean", 0.01, 0.02, 1, "alike")
    return [fill, visits, busy, rho, check("alike")]


def test_what_was_served_is_said_before_anything_is_called_alike() -> None:
    first, why, *_ = summary(page(checks=served("differs", 0.42)))
    assert first.startswith(
        "The simulated market does not serve what the file served (Requests that find a pro: 100.0 % in the file"
    )
    assert "42.0 % simulated" in first
    assert first.endswith("compare no policies in it.")
    assert why.startswith("It leaves requests without a pro that the file served: 42.0 % of them find one, 100.0 % in the file.")
    # a market that serves more than its file leaves nobody waiting
    more = [replace(served("differs", 1.0)[0], real=0.42), *served("alike", 0.99)[1:]]
    assert not any("without a pro" in sentence for sentence in summary(page(checks=more)))
    first, second, third, *_ = summary(page(checks=served("alike", 0.99)))
    assert first.startswith("The simulated market serves what the file served")
    assert "4.00 a day in the file, 4.10 a day simulated" in first
    assert second.startswith("Its pros are busy 15.0 % of their hours, those of the file 30.0 %")
    # neither what was served nor the spread counts among the figures
    assert third.startswith("1 of 1 figures")


def test_the_spread_between_pros_comes_with_what_it_is_worth() -> None:
    ends = ((say("low end"), 0.0, 0.1), (say("middle"), 0.01, 1.0), (say("high end"), 0.03, 2.5))
    gains = [PolicyGain(what, rho, "wecasa_2025", "uniform", Interval(x, x - 0.5, x + 0.5, 6)) for what, rho, x in ends]
    told = page(checks=served("alike", 1.0), spread=Interval(0.01, 0.0, 0.03, 9), gains=gains)
    sentences = summary(told)
    assert any("within pros is 0.010 [0.000, 0.030] in the file and 0.020 in the simulated market" in one for one in sentences)
    (gain,) = [one for one in sentences if one.startswith("Points of return within 183 days")]
    assert "+1.00 [+0.50, +1.50] at the middle (0.010)" in gain
    html = render_calibration(told, [])
    assert "What a policy gains, by how much pros differ" in html
    assert "+2.50 [+2.00, +3.00]" in html
    unknown = PolicyGain(say("middle"), 0.01, "a", "b", Interval(math.nan, math.nan, math.nan, 0))
    assert gained(unknown) == NOT_DEFINED
    # a parameter is explained where it stands
    assert "how alike the rates of clients are" in html
