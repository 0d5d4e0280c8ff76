"""Comparisons that a decision is made on, small enough to work out by hand."""

from collections.abc import Sequence

from sim.report.rule import Decision, DecisionRule, Guardrail, decide
from sim.statistics.comparison import Comparison
from tests.charts.comparisons import make_comparison

SURE = (0.03, 0.03, 0.031)
"""Alone .030333 -+ t(.975, 2) .00033333 = 4.30265 * .00033333 = .0014342: [.0288991, .0317676]."""
TWICE, SMALL, LOSS = (0.06, 0.06, 0.062), (0.003, 0.003, 0.0031), (-0.03, -0.03, -0.031)
RULE = DecisionRule(
    smallest_effect=0.005,
    min_replications=3,
    guardrails=(Guardrail("exposure_gini", "up", 0.05), Guardrail("fill_rate", "down", 0.01)),
)
NOISY = (0.01, 0.03, 0.05)
"""Mean .03, error .02 / sqrt(3): [-.0197, .0797]."""
CONTROL_GINI = (0.3, 0.3, 0.3)


def with_gini(**rise: Sequence[float]) -> Comparison:
    """Arms that all gain ``SURE``, with these changes of exposure inequality."""
    metrics = {arm: {"exposure_gini": [0.3 + x for x in change]} for arm, change in rise.items()}
    return make_comparison(dict.fromkeys(rise, SURE), metrics={"uniform": {"exposure_gini": CONTROL_GINI}, **metrics})


def of(comparison: Comparison, rule: DecisionRule = RULE) -> Decision:
    return decide(comparison, rule)
