"""Equal budgets: the search meets them, says so when it cannot, and puts what it found wherever it belongs."""

import copy
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.studies.budget import SPENT, Intensity, at_equal_budget, false_position, with_intensity
from experiments.studies.parts import change, make_parts
from sim.config import ConfigError

SMALL = (
    "market.horizon_days=420",
    "market.warmup_days=60",
    "market.clients.arrivals_per_day=3",
    "market.pros.n=30",
    "workers=1",
    "executor=serial",
    "longest_window_months=6",
    "budget.replications=2",
    "budget.tolerance_eur=25",
    "budget.eur_per_year=400",
)

SERIAL = ExecutorSettings(name="serial")


@cache
def composed() -> dict[str, Any]:
    return compose_settings("study", ["experiment=programmes", *SMALL])


def settings(changes: Mapping[str, Any] | None = None, keep: Sequence[str] = ()) -> dict[str, Any]:
    """The study on a small market, with changes to its budget; ``keep`` names the intensities that stay, by default all."""
    found = copy.deepcopy(composed())
    budget = change(found["budget"], changes or {}, "budget")
    budget["intensities"] = {name: each for name, each in budget["intensities"].items() if not keep or name in keep}
    return found | {"budget": budget}


def test_the_search_finds_where_a_curve_meets_the_target() -> None:
    calls = []

    def cost(x: float) -> float:
        calls.append(x)
        return x * x

    # x * x = 50 at 7.0711; within .5 of the target between 7.0356 and 7.1063
    x, at_x = false_position(cost, 0.0, 20.0, 50.0, 0.5)
    assert 7.0356 < x < 7.1063
    assert at_x == pytest.approx(x * x)
    assert len(calls) <= 10
    # the other way round: falling cost
    assert false_position(lambda x: 100.0 - x, 0.0, 100.0, 40.0, 0.01) == (60.0, 40.0)


def test_the_search_ends_at_the_digits_a_reader_can_type() -> None:
    x, _ = false_position(lambda x: x**3, 0.0, 3.0, 10.0, 0.0)
    assert x == float(f"{x:.4g}")
    assert x == pytest.approx(10 ** (1 / 3), abs=0.001)


def test_an_end_that_meets_the_target_is_taken() -> None:
    assert false_position(lambda x: x, 2.0, 9.0, 9.0, 0.1) == (9.0, 9.0)


def test_a_target_out_of_reach_is_refused_with_the_cost_at_both_ends() -> None:
    with pytest.raises(ValueError, match="costs 0 EUR at 0 and 20 EUR at 20"):
        false_position(lambda x: x, 0.0, 20.0, 50.0, 0.5)


def test_every_way_of_spending_costs_the_budget_in_the_replications_of_the_search(tmp_path: Path) -> None:
    given = settings({"intensities.acquisition.high": 0.9}, keep=("acquisition", "points"))
    with Runner(tmp_path / "store", SERIAL) as runner:
        solved, words = at_equal_budget(given, runner)
        assert set(words) == {"acquisition", "points"}
        parts = {part.name: part for part in make_parts(solved).parts}
        jobs = parts["budget"].jobs() | {(1, "acquisition", r): job for (_, _, r), job in parts["acquisition"].jobs().items()}
        wanted = {key: job for key, job in jobs.items() if key[2] < 2 and key[1] in ("wecasa_2025", "points", "acquisition")}
        results = runner.run(list(wanted.values()))
        spent = {
            arm: sum(results[job.key].metrics[name] for key, job in wanted.items() if key[1] == arm for name in SPENT) / 2
            for arm in ("wecasa_2025", "points", "acquisition")
        }
    for arm in ("points", "acquisition"):
        assert spent[arm] - spent["wecasa_2025"] == pytest.approx(400, abs=25)
    # the interaction uses what was found, and the settings given stay as they were
    points = solved["parts"]["budget"]["arms"]["points"]["programmes.points.per_eur"]
    assert solved["parts"]["interaction"]["arms"]["uniform_points"]["programmes.points.per_eur"] == points
    assert "programmes.points.per_eur" not in given["parts"]["budget"]["arms"]["points"]
    assert parts["budget"].plan.market.acquisition.floor_share == 0.5
    assert parts["acquisition"].plan.market.acquisition.floor_share > 0.5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eur_per_year": 0}, "budget.eur_per_year = 0, input should be greater than 0"),
        ({"control": "nobody"}, "budget.control = budget: nobody, must be a part and an arm of it"),
        ({"intensities.points.arms": ["nobody"]}, "no part has programmes.points.per_eur of nobody"),
        ({"intensities.points.key": "programmes.points.per_eurs"}, "did you mean programmes.points.per_eur?"),
        ({"eur_per_year": 900_000}, "budget.intensities.points: programmes.points.per_eur costs"),
    ],
)
def test_a_budget_that_cannot_be_spent_is_refused(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with Runner(tmp_path / "store", SERIAL) as runner, pytest.raises(ConfigError) as caught:
        at_equal_budget(settings(changes, keep=("points",)), runner)
    assert words in str(caught.value)


def test_a_key_of_the_market_changes_its_part_only() -> None:
    share = Intensity(key="market.acquisition.floor_share", low=0.5, high=0.9, arms=("wecasa_2025",), part="acquisition")
    changed = with_intensity(settings(), share, 0.7)
    shares = {part.name: part.plan.market.acquisition.floor_share for part in make_parts(changed).parts}
    assert shares == {"budget": 0.5, "acquisition": 0.7, "interaction": 0.5}
