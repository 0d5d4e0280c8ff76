"""What the lab refuses before anything is simulated."""

import pytest

from experiments.plans.compose import compose_settings
from experiments.trials.plan import ALL_CONTROL, ALL_TREATED, make_lab
from sim.config import ConfigError

SMALL = ("market=minimal", "market.horizon_days=330", "market.warmup_days=30", "days=60", "market.zones=4")


def lab(*overrides: str):
    return make_lab(compose_settings("lab", [*SMALL, *overrides]))


def test_every_design_is_beside_the_two_worlds_and_the_market_ends_when_all_are_followed() -> None:
    found = lab("design=[client,switchback]", "designs.switchback.period_days=14", "replications=3")
    assert list(found.trials) == [ALL_CONTROL, ALL_TREATED, "client", "switchback"]
    assert found.designs["switchback"].period_days == 14
    # 30 days of warm-up, 60 of the experiment, 183 more
    assert found.plan.market.horizon_days == 273
    # and the three rollouts
    assert len(found.jobs()) == (4 + 3) * 3
    assert len({job.key for job in found.jobs().values()}) == (4 + 3) * 3


BAD = {
    "arm=[uniform]": "arm = [uniform], must be two arms",
    "arm=[uniform,rating,wecasa_2025]": "must be two arms",
    "days=200": "ends at day 413: must end by market.horizon_days = 330, or set that to 413",
    "start_days=10": "trial.start_days = 10, must be >= warmup_days = 30",
    "days=0": "days = 0",
    "replications=1": "replications = 1",
    "outcome=money": "outcome = 'money'",
    "design=[]": "design = [], must be a list of designs",
    "design=[client,client]": "must be distinct",
    "design=[clients]": "design = 'clients', unknown design; did you mean client?",
    "designs.client.share=1": "designs.client.share = 1, must be > 0 and < 1",
    "designs.nobody.share=.5": "designs.nobody.share",
    "designs.before_after.stage_days=60": "designs.before_after: nobody is treated within days = 60",
    "market.zones=1": "designs.zone: zones = 1, must be >= 2",
    "market.zones=3": "designs.zone: 2 zones treated and 1 not, must be >= 2 each",
    "market.pros.n=3": "must be >= 2 each",
    "designs.switchback.period_days=20": "designs.switchback: 2 periods treated and 1 not, must be >= 2 each",
    "scores=mine": "scores = 'mine'",
}


@pytest.mark.parametrize(("override", "message"), BAD.items(), ids=list(BAD))
def test_what_cannot_be_is_refused_by_key_value_and_rule(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        lab("designs.before_after.stage_days=30", override)
    assert message in str(error.value)


def test_two_arms_that_are_the_same_have_no_effect() -> None:
    with pytest.raises(ConfigError, match="are the same"):
        lab("arm=[uniform,rating]", "arms.rating.allocator=${arms.uniform.allocator}", "arms.rating.score=${arms.uniform.score}")


def test_other_commands_have_no_design() -> None:
    with pytest.raises(ConfigError, match="design = client, unknown key: compare has no design"):
        compose_settings("compare", ["design=client"])
    assert compose_settings("study", ["design=fractional_5"])["design"] == "fractional_5"
