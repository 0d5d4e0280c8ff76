"""What programmes and acquisition bring for the same money, on parts written by hand."""

from dataclasses import replace

import pytest

from sim.report.answers.programmes.budget import budget_section
from tests.report.parts import made

ARMS = ("today", "points", "recovery", "free")
SAME = dict.fromkeys(ARMS, 0.3)


def budget_parts(noise=0.0):
    """Acquisition brings 40 clients for 1,000 EUR, recovery 20 for 500, points none for 1,000; a free policy 10."""
    clients = {"today": 400.0, "points": 400.0, "recovery": 420.0, "free": 410.0}
    cost = {"today": 0.0, "points": 1000.0, "recovery": 500.0, "free": 0.0}
    spent = {"programme_cost_per_year_eur": cost, "acquisition_cost_per_year_eur": dict.fromkeys(ARMS, 9000.0)}
    own = dict.fromkeys(("points", "recovery", "free"), noise)
    part = made(
        SAME,
        name="budget",
        control="today",
        studied="points",
        sections=("budget",),
        noise=own,
        metrics={"payback_clients_per_year": clients, **spent},
    )
    bought = made(
        {"today": 0.3},
        name="acquisition",
        control="",
        sections=("budget.acquisition",),
        noise={"today": -noise},
        metrics={
            "payback_clients_per_year": {"today": 440.0},
            "programme_cost_per_year_eur": {"today": 0.0},
            "acquisition_cost_per_year_eur": {"today": 10_000.0},
        },
    )
    return part, bought


def rows_of(section):
    return {(row.what, row.metric): row for row in section.answers}


def test_clients_are_counted_against_the_control_and_per_thousand_euros_against_acquisition():
    section = budget_section(*budget_parts())
    rows, name = rows_of(section), "payback_clients_per_year"
    assert rows["acquisition", name].estimate == pytest.approx(40)
    assert rows["acquisition", name].verdict == rows["recovery", name].verdict == "better"
    assert rows["points", name].verdict == "identical"
    assert rows["recovery: spent a year beside the control", "programme_cost_per_year_eur"].estimate == pytest.approx(500)
    # 40 per 1,000 EUR of either
    assert rows["acquisition: per 1,000 EUR", name].estimate == pytest.approx(40)
    assert rows["recovery: per 1,000 EUR", name].estimate == pytest.approx(40)
    assert rows["points: per 1,000 EUR minus acquisition", name].estimate == pytest.approx(-40)
    assert rows["points: per 1,000 EUR minus acquisition", name].verdict == "worse"
    # against acquisition, which the same money could have gone to: 0 and 20 clients to its 40
    assert rows["points minus acquisition", name].estimate == pytest.approx(-40)
    assert rows["recovery minus acquisition", name].verdict == "worse"
    # a free policy is no way to spend it
    assert ("free minus acquisition", name) not in rows
    assert "At no clear cost: free (+10.0 [+10.0, +10.0] to today)." in section.answer
    assert "against acquisition with the same money. Clearly more: none. Clearly fewer: points (" in section.answer


def test_the_headline_names_what_beats_acquisition_and_ranks_nothing():
    part, bought = budget_parts()
    today = bought.values["today"]
    fewer = {**today, "payback_clients_per_year": today["payback_clients_per_year"] - 25.0}
    answer = budget_section(part, replace(bought, values={"today": fewer})).answer
    # recovery brings 5 more than acquisition, points 15 fewer
    assert "Clearly more: recovery (" in answer
    assert "points (" in answer.split("Clearly fewer:")[1]
    assert "most" not in answer


def test_without_acquisition_the_headline_is_against_the_control():
    answer = budget_section(budget_parts()[0]).answer
    assert "against today. Clearly more: recovery (" in answer
    assert "and free (" in answer


def test_parts_with_different_replications_share_those_they_have():
    part, bought = budget_parts()
    few = {name: values[..., :3] for name, values in bought.values["today"].items()}
    rows = rows_of(budget_section(part, replace(bought, values={"today": few})))
    assert rows["acquisition", "payback_clients_per_year"].n == 3
    assert rows["recovery minus acquisition", "payback_clients_per_year"].n == 3
    assert rows["recovery: per 1,000 EUR minus acquisition", "payback_clients_per_year"].n == 3


def test_what_costs_nothing_has_no_clients_per_euro():
    rows = rows_of(budget_section(*budget_parts()))
    assert rows["free: per 1,000 EUR minus acquisition", "payback_clients_per_year"].verdict == "not defined"
    assert rows["free", "payback_clients_per_year"].verdict == "better"


def test_luck_as_large_as_the_gain_is_not_distinguishable():
    # luck of ± 60, each arm its own by sign: 8 replications do not tell 10 clients
    part, bought = budget_parts(noise=60.0)
    answer = budget_section(part, bought).answer
    assert "more: none. Clearly fewer: none. No clear difference: points and recovery. At no clear cost: free (not" in answer
    assert "No way of spending brings clearly more than today" in budget_section(part).answer
