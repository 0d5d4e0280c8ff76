"""A rollout judged in a small market, from its runs to its tables."""

import csv
import io
import math

import pytest

from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from experiments.outputs.tables import as_csv
from experiments.plans.compose import compose_settings
from experiments.trials.judging import simulate_lab
from experiments.trials.plan import make_lab
from experiments.trials.rollout_tables import ROLLOUT, rollout_rows, stages_of
from experiments.trials.watching import judge_rollout
from tests.experiments.trials.test_judging import FEW

# any difference is beyond a limit of nothing
LIMITS = ("fill_rate.down", "late_share.up", "cancelled_by_pro_share.up", "no_show_share.up")
STRICT = (
    *("rollout.shares=[.5,.8,1]", "rollout.stage_days=14", *(f"rollout.guardrails.{limit}_at_most=0" for limit in LIMITS)),
    *("~rollout.guardrails.contribution_per_request_eur", "~rollout.guardrails.return_rate_28d"),
)
METRICS = ["fill_rate", "cancelled_by_pro_share", "no_show_share", "late_share"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    lab = make_lab(
        compose_settings("lab", [*FEW, "design=[client]", "market.clients.arrivals_per_day=8", "replications=3", *STRICT])
    )
    with Runner(tmp_path_factory.mktemp("store"), ExecutorSettings(name="serial")) as runner:
        return judge_rollout(lab, simulate_lab(lab, runner))


def test_every_policy_has_every_guardrail_and_all_together(found) -> None:
    assert [(one.rolled, one.guardrail.metric if one.guardrail else None) for one in found.alarms] == [
        (rolled, metric) for rolled in ("bad", "treated", "same") for metric in (None, *METRICS)
    ]
    for one in found.alarms:
        # three stages of two weeks; what has fired stays so, and together they fire no later than one of them
        assert len(one.by_week) == 6
        assert list(one.by_week) == sorted(one.by_week)
        assert one.by_week[-1] == one.fired.estimate
        together = found.of(one.rolled)
        assert all(week <= whole for week, whole in zip(one.by_week, together.by_week, strict=True))
        assert together.clients <= one.clients <= found.never[one.rolled][0]
        assert math.isnan(one.week) == (one.fired.estimate == 0)


def test_the_control_instead_of_itself_costs_nothing(found) -> None:
    clients, fewer, eur = found.never["same"]
    assert clients > 100
    assert (fewer, eur.estimate) == (0, 0)


def test_stages_say_what_they_would_see_and_less_is_needed_later(found) -> None:
    assert [(stage.week, stage.share) for stage in found.stages] == [(1, 0.5), (3, 0.8), (5, 1.0)]
    assert sum(stage.clients for stage in found.stages) == pytest.approx(found.never["same"][0])
    halves = [stage.sees["late_share"] for stage in found.stages]
    assert halves[0] > halves[1] > 0
    # all requests are filled in this market
    assert math.isnan(found.stages[0].sees["fill_rate"])
    stages = stages_of(found)
    assert [one["share"] for one in stages] == [0.5, 0.8, 1.0]
    assert stages[1]["go_on_while"][0]["down_at_most"] == 0
    assert stages_of(None) == []


def test_the_table_has_a_row_an_alarm_and_one_for_nobody_who_stops_it(found) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(ROLLOUT, rollout_rows(found)))))
    assert [row["guardrail"] for row in rows] == ["any", *METRICS, "none"] * 3
    assert [row["policy"] for row in rows][::6] == ["worst_first", "wecasa_2025", "uniform"]
    for row in rows[5::6]:
        assert float(row["clients_exposed"]) == max(float(one["clients_exposed"]) for one in rows if one["policy"] == row["policy"])


def test_without_a_rollout_there_is_nothing_to_judge() -> None:
    assert judge_rollout(make_lab(compose_settings("lab", [*FEW, "design=[client]", "rollout.bad=null"])), {}) is None
