"""The strength at which a policy that is held back stays within every guardrail."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.comparison import within
from experiments.comparison.analysis import Compared
from experiments.execution.run_set import RunSet
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan
from sim.metrics.catalogue import VALUES
from sim.statistics.comparison import compare

LUCK = np.array([-1.0, 0.0, 1.0, 0.0, -1.0, 1.0])


def values(strength: float, own: float = 0.0) -> dict[str, np.ndarray]:
    """Numbers of an arm: worth 2 EUR more and .01 less equal with each unit of strength."""
    return {
        VALUES[0]: 10 + 2 * strength + LUCK + 0.1 * strength * LUCK[::-1],
        "exposure_gini": 0.3 + 0.01 * strength + 0.001 * strength * LUCK + own * LUCK[::-1],
        "fill_rate": np.full(6, 0.97),
        "return_rate_6m": 0.3 + 0.001 * strength * (1 + 0.1 * LUCK),
    }


def comparison_of(arm: str, strength: float, *overrides: str) -> Compared:
    plan = make_plan(compose_settings("compare", [f"arm=[uniform,{arm}]", "replications=6", *overrides]), CompareOptions)
    arms = {"uniform": values(0.0), arm: values(strength)}
    better = {metric.name: metric.better for metric in plan.metrics if metric.name in arms[arm]}
    return Compared(plan, RunSet({}, {}, 0), compare(arms, "uniform", better), {})


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Strengths that are simulated; what comes of one is worked out by ``values``."""
    seen: list[float] = []

    def made(_runner: object, jobs: dict[tuple[str, int], object]) -> SimpleNamespace:
        strength = next(iter(jobs.values())).arm.allocator.strength  # type: ignore[attr-defined]
        seen.append(strength)
        return SimpleNamespace(values=lambda _arm: values(strength))

    monkeypatch.setattr(within, "run_set", made)
    return seen


def test_the_largest_strength_within_the_limit_is_found_by_halving(tried: list[float]) -> None:
    # inequality rises by .01 * strength, at most .05: 4 surely stays within, 5 lies on the limit
    found = within.search_within(comparison_of("cleaning_score", 12.0), None)  # type: ignore[arg-type]
    assert found is not None
    assert (found.arm, found.strength, found.weighed) == ("cleaning_score", 4.0, True)
    assert tried == [2.5, 6.0, 4.0, 5.0]
    assert found.tried == sorted(tried)
    assert found.effect is not None
    assert found.effect.estimate == pytest.approx(8.0)
    assert found.given_up is not None
    assert found.given_up.estimate == pytest.approx(16.0)


def test_a_policy_with_a_strength_of_its_own_is_made_milder_and_nothing_else(tried: list[float]) -> None:
    found = within.search_within(comparison_of("wecasa_2025", 12.0, "arms.wecasa_2025.allocator.strength=6"), None)  # type: ignore[arg-type]
    assert found is not None
    assert (found.strength, found.weighed) == (4.0, False)
    assert max(tried) < 6


def test_a_policy_that_is_within_needs_no_milder_form(tried: list[float]) -> None:
    assert within.search_within(comparison_of("cleaning_score", 3.0), None) is None  # type: ignore[arg-type]
    assert tried == []


def test_where_even_the_mildest_form_is_beyond_that_is_the_result(tried: list[float]) -> None:
    strict = comparison_of("cleaning_score", 12.0, "decision.guardrails.exposure_gini.up_at_most=.001")
    found = within.search_within(strict, None)  # type: ignore[arg-type]
    assert found is not None
    assert found.strength is None
    assert found.tried[0] == min(within.STRENGTHS)
