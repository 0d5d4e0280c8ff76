import pytest

from experiments.plans.compose import compose_settings
from experiments.plans.decide import DecisionOptions, decision_rule
from experiments.plans.plan import CompareOptions, make_plan
from sim.report.rule import Guardrail
from tests.commands import run


def rule(*overrides):
    plan = make_plan(compose_settings("compare", ["arm=[uniform,rating]", *overrides]), CompareOptions)
    assert isinstance(plan.options.decision, DecisionOptions)
    return decision_rule(plan.options.decision, plan.metrics)


def test_the_usual_rule_of_a_comparison():
    usual = rule()
    assert (usual.primary, usual.smallest_effect) == ("net_contribution_per_client_24m_eur", 0.5)
    assert usual.guardrails == (
        Guardrail("exposure_gini", "up", 0.05),
        Guardrail("fill_rate", "down", 0.01),
        Guardrail("return_rate_6m", "down", 0.003),
    )
    assert usual.follows == {}


def test_a_shorter_run_is_judged_by_what_it_can_follow():
    year = rule("longest_window_months=12")
    assert (year.primary, year.smallest_effect) == ("net_contribution_per_client_12m_eur", 0.35)
    half = rule("longest_window_months=6")
    assert (half.primary, half.smallest_effect) == ("return_rate_6m", 0.003)
    # what decides is no guardrail
    assert "return_rate_6m" not in {one.metric for one in half.guardrails}


def test_any_improvement_counts_in_a_metric_without_a_smallest_effect():
    assert rule("decision.primary=mean_rating").smallest_effect == 0
    assert rule("decision.primary=mean_rating", "decision.smallest_effect=.05").smallest_effect == 0.05


def test_limits_can_be_changed_added_and_taken_away():
    changed = rule(
        "decision.guardrails.exposure_gini.up_at_most=.1",
        "+decision.guardrails.late_share={up_at_most: .02}",
        "~decision.guardrails.fill_rate",
        "+decision.guardrails.new_client_growth={up_at_most: .2, down_at_most: .1}",
        "decision.follows.discuss='Ask the pros.'",
    )
    assert changed.guardrails == (
        Guardrail("exposure_gini", "up", 0.1),
        Guardrail("return_rate_6m", "down", 0.003),
        Guardrail("late_share", "up", 0.02),
        Guardrail("new_client_growth", "up", 0.2),
        Guardrail("new_client_growth", "down", 0.1),
    )
    assert changed.follows == {"discuss": "Ask the pros."}
    assert rule("decision.guardrails=null").guardrails == ()


BAD = {
    "decision.primary=return_rate": "decision.primary = 'return_rate', did you mean return_rate_6m?",
    "decision.primary=new_client_growth": "decision.primary = 'new_client_growth', has no direction that is good for everybody",
    "decision.smallest_effect=-.1": "decision.smallest_effect = -0.1, input should be greater than or equal to 0",
    "decision={primary: return_rate_6m, smallest_effect: 2}": (
        "decision.smallest_effect = 2, must be < 1: return_rate_6m is a share, so that .01 is one point"
    ),
    "decision.search_within=1": "decision.search_within = 1",
    "+decision.guardrails.fil_rate={down_at_most: .1}": "decision.guardrails.fil_rate, unknown metric; did you mean fill_rate?",
    "+decision.guardrails.late_share={up_at_most: 5}": "late_share.up_at_most = 5, must be < 1: late_share is a share",
    "+decision.guardrails.late_share={}": "decision.guardrails.late_share, must have a limit: up_at_most or down_at_most",
    "+decision.guardrails.late_share={down_at_most: .1}": "down_at_most = 0.1, lower is better; did you mean up_at_most: 0.1?",
    "decision.guardrails.fill_rate.down_at_most=-.01": (
        "decision.guardrails.fill_rate.down_at_most = -0.01, must be >= 0: how far it may go down; did you mean up_at_most: 0.01?"
    ),
    "+decision.guardrails.late_share={up_at_mots: .1}": "decision.guardrails.late_share.up_at_mots = 0.1, unknown key",
    "+decision.typo=1": "decision.typo = 1, unknown key",
    "decision.guardrails.fill_rate.down_at_most=true": "decision.guardrails.fill_rate.down_at_most = True",
    "report.lang=nl": "report.lang = 'nl'",
}


@pytest.mark.parametrize("override", BAD)
def test_a_rule_that_cannot_be_is_one_message_before_anything_is_simulated(override, tmp_path, capsys):
    assert run("compare", ["arm=[uniform,rating]", override, f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert BAD[override] in captured.err
    assert list(tmp_path.iterdir()) == []


def test_a_metric_that_is_not_followed_for_long_enough_cannot_be_a_guardrail(tmp_path, capsys):
    late = "+decision.guardrails.months_to_break_even={up_at_most: 1}"
    arguments = ["arm=[uniform,rating]", "longest_window_months=12", late]
    assert run("compare", [*arguments, f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]) == 2
    assert "months_to_break_even, unknown metric: must be one that longest_window_months leaves time for" in capsys.readouterr().err
