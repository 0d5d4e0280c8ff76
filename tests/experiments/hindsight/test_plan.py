"""What can be judged by a log, checked before anything is simulated."""

import pytest

from experiments.hindsight.plan import make_hindsight
from experiments.plans.compose import compose_settings
from sim.config import ConfigError
from tests.experiments.hindsight.small import SMALL, hindsight


def test_only_the_logging_policy_writes_candidates_down() -> None:
    jobs = hindsight().jobs()
    assert {arm for (arm, _), job in jobs.items() if job.market.log_choices} == {"uniform"}
    assert len(jobs) == 4


def test_every_arm_is_judged_by_a_file() -> None:
    settings = compose_settings("offpolicy", [*SMALL, "arm=[rating]", "file=log.csv"])
    assert list(make_hindsight(settings).judged) == ["rating"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["arm=[uniform]"], r"arm = \[uniform\], must hold another arm beside the control"),
        (["control=rating"], "control = 'rating', must be one of the arms"),
        (["market.requests.mode=list"], "market.requests.mode = list, must be dispatch"),
        (["market.requests.mode=mixed"], "market.requests.mode = mixed, must be dispatch"),
        (["market.requests.offer_order=broadcast"], "market.requests.offer_order = broadcast, must be sampled or ranked"),
        (["outcome_days=290"], "outcome_days = 290, must be < market.horizon_days - warmup_days = 280"),
        (["arm=[uniform,oracle]", "file=log.csv"], "arm oracle sees the truth about pros, must be a policy that can be run"),
        (["arm=[uniform,rating+points]"], "arm rating.points: must have the programmes of the log's policy"),
        (["temperatures=[.001]"], "temperatures.0 = 0.001, input should be greater"),
        (["replications=0"], "replications"),
        (["effective_n=0"], "effective_n"),
    ],
)
def test_what_no_log_tells_is_refused(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        hindsight(*overrides)
