"""The page of a study: what it says about made-up responses whose effects are known."""

import re
from dataclasses import replace

import numpy as np

from sim.metrics.catalogue import metric
from sim.report.study import StudyPage, draw_study, findings, render_study
from sim.statistics.designs import full_factorial
from sim.statistics.effects import effects
from sim.statistics.fractional import fractional_factorial
from sim.statistics.sensitivity import sobol_indices

RATE = metric("return_rate_6m")
FACTORS = {"arm.allocator.strength": (0, 4), "arm.score.min_sessions": (0, 30), "economics.payback_bookings": (2, 3)}
DESIGN = full_factorial(FACTORS)
NOISE = 1e-4 * np.array([[-1.0, 0.0, 1.0, 0.5]])
"""The same at all points: common luck, which no effect sees."""


def responses(together: float) -> np.ndarray:
    """30 %, a point more at strength 4, and ``together`` more or less where strength and threshold are both high or low."""
    strength, threshold, _ = (2 * DESIGN.index - 1).T
    luck = NOISE * (1 + 0.1 * threshold[:, None] * (1 + strength[:, None]))
    grain = 1 + 1e-6 * np.cos(np.arange(NOISE.shape[1]))
    return 0.30 + 0.005 * strength[:, None] * grain + together * (strength * threshold)[:, None] + luck


def page(values: np.ndarray, control: str = "") -> StudyPage:
    return StudyPage(
        question="How do <b>these</b> act together?",
        market="minimal",
        studied="wecasa_2025",
        control=control,
        design=DESIGN.name,
        n_points=8,
        n_replications=values.shape[1],
        factors={name: [str(level) for level in levels] for name, levels in FACTORS.items()},
        effects={"return_rate_6m": effects("return_rate_6m", DESIGN, values, "higher")},
        sensitivity={},
        command="python -m experiments.study",
        seed=1,
        versions={"numpy": "2.4.6"},
    )


def test_the_page_says_which_factor_acts_and_which_one_changes_nothing():
    said = findings(page(responses(0.0)))
    assert said[0].startswith(
        "strength: highest at 4, +0.50 points [+0.50, +0.50] against the mean of all points; lowest at 0, −0.50"
    )
    assert said[1] == "min sessions: no level can be told from the mean of all."
    assert said[2] == "payback bookings moves none of the numbers measured here: they are the same in every run at each level."


def test_the_page_names_the_factors_that_act_together():
    said = findings(page(responses(0.002)))
    assert said[-1].startswith("These act together: strength with min sessions. The strongest: strength")
    assert "0.20 points" in said[-1]
    assert "their effects add up" in findings(page(responses(0.0)))[-1]


def test_one_replication_concludes_nothing():
    one = page(responses(0.002)[:, :1])
    assert findings(one) == ["Nothing can be concluded from 1 replication. Use at least 3, better 8."]


def test_the_page_is_complete_escaped_and_the_same_on_every_run():
    values = responses(0.002)
    drawn = draw_study(DESIGN, RATE, values, page(values).effects["return_rate_6m"])
    assert [figure.name for figure in drawn] == ["map_strength_min_sessions", "lines_strength_min_sessions"], "pairs that act"
    html = render_study(page(values, "uniform"), drawn)
    again = draw_study(DESIGN, RATE, values, page(values).effects["return_rate_6m"])
    assert html == render_study(page(values, "uniform"), again)
    assert "How do &lt;b&gt;these&lt;/b&gt; act together?" in html
    assert "<b>" not in html
    assert html.startswith("<!doctype html>")
    assert not re.search(r"https?:", html)
    assert html.count("<svg") == 2
    assert "difference to uniform" in html


def test_a_continuous_study_ranks_the_factors_and_says_how_well_it_fits():
    rng = np.random.default_rng(1)
    ranges = {"arm.allocator.strength": (0.0, 4.0), "market.clients.one_time_share": (0.2, 0.8)}
    values = rng.uniform([0.0, 0.2], [4.0, 0.8], (30, 2))
    noise = 1e-4 * rng.normal(size=(30, 4))
    found = sobol_indices(ranges, values, (0.5 - 0.4 * values[:, 1] + 0.002 * values[:, 0])[:, None] + noise)
    said = findings(replace(page(responses(0.0)), effects={}, sensitivity={"return_rate_6m": found}))
    assert said[0] == "New clients who book again within 6 months depends most on one time share, less on strength."
    assert said[1].startswith("A quadratic surface explains 100 % of the differences between points")


def test_factors_whose_intervals_overlap_are_not_ranked():
    rng = np.random.default_rng(1)
    ranges = {"arm.allocator.strength": (0.0, 1.0), "market.clients.one_time_share": (0.0, 1.0)}
    values = rng.uniform(size=(30, 2))
    slopes = 0.1 + 0.02 * rng.normal(size=(2, 4))
    found = sobol_indices(ranges, values, 0.5 + values @ slopes)
    (first, other) = sorted(found.total.values(), key=lambda index: -index.estimate)
    assert first.low < other.high
    said = findings(replace(page(responses(0.0)), effects={}, sensitivity={"return_rate_6m": found}))
    assert said[0].startswith(
        "What New clients who book again within 6 months depends on most cannot be told, the factors cannot be"
    )
    once = sobol_indices(ranges, values, (0.5 + values @ slopes)[:, :1])
    assert findings(replace(page(responses(0.0)), effects={}, n_replications=1, sensitivity={"return_rate_6m": once})) == [
        "Nothing can be concluded from 1 replication. Use at least 3, better 8."
    ]


def confounded(together: float) -> list[str]:
    """What a half of a 2^4 design says when a and b act together, which it cannot tell from c with d."""
    design = fractional_factorial(dict.fromkeys("abcd", (0, 1)), 4)
    a, b, _, _ = (2 * design.index - 1).T
    values = 0.3 + together * (a * b)[:, None] + NOISE * (1 + 0.1 * (a * b)[:, None])
    rows = effects("return_rate_6m", design, values, "higher")
    made = replace(page(responses(0.0)), factors={name: ["0", "1"] for name in "abcd"}, effects={"return_rate_6m": rows})
    return findings(replace(made, aliases=design.aliases))


def test_interactions_that_the_design_cannot_tell_apart_are_not_denied():
    said = confounded(0.01)
    assert [line for line in said if "act together" in line] == [
        "Some of these act together (+1.00 points [+1.00, +1.00]), and the design cannot tell which: a with b; c with d."
    ]
    assert "add up" not in " ".join(said)
    assert confounded(0.0)[-1].startswith("No two factors can be told to act together")


def test_a_pair_drawn_as_a_difference_is_in_points():
    values = responses(0.002) - 0.30
    rows = page(values, "uniform").effects["return_rate_6m"]
    figure = draw_study(DESIGN, RATE, values, rows, against="uniform")[0]
    assert "difference to uniform" in figure.figure.axes[0].get_title(loc="left").replace("\n", " ")
    assert "points" in figure.figure.axes[0].get_xlabel()


def test_a_factor_that_acts_only_with_another_is_drawn_and_not_called_idle():
    strength, threshold, _ = (2 * DESIGN.index - 1).T
    values = 0.3 + 0.002 * (strength * threshold)[:, None] + NOISE
    rows = page(values).effects["return_rate_6m"]
    assert {figure.name for figure in draw_study(DESIGN, RATE, values, rows)} == {
        "map_strength_min_sessions",
        "lines_strength_min_sessions",
    }
    assert findings(page(values))[1] == "min sessions: no level can be told from the mean of all."
