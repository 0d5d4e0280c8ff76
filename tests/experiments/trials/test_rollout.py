"""What a planned rollout refuses before anything is simulated."""

import pytest

from experiments.plans.compose import compose_settings
from experiments.trials.plan import make_lab
from experiments.trials.rollout import BAD, SAME, TREATED, guardrails_of
from sim.config import ConfigError
from tests.experiments.trials.test_plan import SMALL

STAGES = ("rollout.shares=[.2,.5,1]", "rollout.stage_days=14")


def lab(*overrides: str):
    return make_lab(compose_settings("lab", [*SMALL, "design=[client]", *STAGES, *overrides]))


def test_the_arm_the_bad_one_and_the_control_are_rolled_out_and_followed() -> None:
    found = lab("replications=3")
    assert {name: one.trial.treated.name for name, one in found.beside.items()} == {
        TREATED: "wecasa_2025",
        BAD: "worst_first",
        SAME: "uniform",
    }
    # 30 days of warm-up, three stages of 14, 183 more
    assert {one.market.horizon_days for one in found.beside.values()} == {255}
    assert {one.replications for one in found.beside.values()} == {3}
    assert {one.metric for one in guardrails_of(found.plan.options.rollout)} >= {"fill_rate", "late_share"}


def test_without_a_bad_arm_no_rollout_is_planned() -> None:
    assert lab("rollout.bad=null", "rollout.stage_days=1000").beside == {}


BAD_INPUT = {
    "rollout.shares=[.5,.2]": r"rollout.shares = \[0.5, 0.2\], must not fall",
    "rollout.shares=[.5,1.2]": r"rollout.shares = \[0.5, 1.2\], must be within 0..1",
    "rollout.shares=[0,1]": "must have one between 0 and 1: nobody would be compared",
    "rollout.shares=[]": r"rollout.shares = \[\], must not all be the same",
    "rollout.stage_days=30": "3 stages last 90 days: must end within days = 60, or set that to 90",
    "+rollout.guardrails.exposure_gini={up_at_most: .05}": "gini, cannot be watched week by week: must be one of fill_rate,",
    "+rollout.guardrails.mean_rating={}": "rollout.guardrails.mean_rating, must have a limit: up_at_most or down_at_most",
    "rollout.guardrails.fill_rate.down_at_most=-.1": "rollout.guardrails.fill_rate.down_at_most = -0.1, must be >= 0",
    "+rollout.guardrails.mean_rating={up_at_most: .1}": "higher is better; did you mean down_at_most: 0.1",
    "rollout.guardrails.fill_rate.down_at_most=1": "must be < 1: fill_rate is a share",
    "rollout.bad=worst_frist": "rollout.bad = 'worst_frist', unknown arm; did you mean worst_first?",
    "rollout.bad=uniform": "rollout.bad = 'uniform', is the same as the control uniform: there is no harm to catch",
}


@pytest.mark.parametrize("override", BAD_INPUT)
def test_bad_input_is_one_message(override: str) -> None:
    with pytest.raises(ConfigError, match=BAD_INPUT[override]):
        lab(override)
