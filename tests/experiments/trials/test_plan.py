"""What the lab refuses before anything is simulated."""

import pytest

from experiments.plans.compose import compose_settings
from experiments.trials.plan import make_lab
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED
from sim.config import ConfigError
from sim.engine.trial import Novelty

SMALL = (
    *("market=minimal", "market.horizon_days=330", "market.warmup_days=30", "days=60", "market.zones=4"),
    *("shares=[]", "loads=[]", "bolder=null"),
)


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
    "shares=[0]": "shares.0 = 0, input should be greater than 0",
    "loads=[-1]": "loads.0 = -1, input should be greater than 0",
    "zones=[7]": "trial.zones = [7], must be zones of the market: 0 to 3",
    "zones=[1,1]": "trial.zones = [1, 1], must be distinct",
    "zones=[0,1]": "designs.zone: 1 zones treated and 1 not, must be >= 2 each",
    "eligible_share=0": "eligible_share = 0, input should be greater than 0",
    "delay_days=200": "delay_days = 200, input should be less than or equal to 183",
    "novelty={lasting_share: .5}": "novelty.half_life_days",
    "novelty={lasting_share: 2, half_life_days: 7}": "novelty.lasting_share = 2",
}


@pytest.mark.parametrize(("override", "message"), BAD.items(), ids=list(BAD))
def test_what_cannot_be_is_refused_by_key_value_and_rule(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        lab("designs.before_after.stage_days=30", override)
    assert message in str(error.value)


def test_only_of_returns_the_day_is_known() -> None:
    with pytest.raises(ConfigError, match="delay_days = 30, must be 183 for outcome = completed"):
        lab("designs.before_after.stage_days=30", "delay_days=30", "outcome=completed")


def test_what_wears_off_is_judged_by_what_lasts() -> None:
    found = lab("design=[client]", "novelty={lasting_share: .6, half_life_days: 14}", "eligible_share=.5", "zones=[0,2]")
    assert found.trials[ALL_TREATED].novelty == Novelty(0.6, 0.0)
    client = found.trials["client"]
    assert (client.novelty, client.eligible_share, client.zones) == (Novelty(0.6, 14.0), 0.5, (0, 2))
    assert found.trials[ALL_TREATED].zones is None


def test_two_arms_that_are_the_same_have_no_effect() -> None:
    with pytest.raises(ConfigError, match="are the same"):
        lab("arm=[uniform,rating]", "arms.rating.allocator=${arms.uniform.allocator}", "arms.rating.score=${arms.uniform.score}")


def test_other_commands_have_no_design() -> None:
    with pytest.raises(ConfigError, match="design = client, unknown key: compare has no design"):
        compose_settings("compare", ["design=client"])
    assert compose_settings("study", ["design=fractional_5"])["design"] == "fractional_5"
