import pytest

from sim.report.answers.programmes.interaction import interaction_section, pairs_of
from tests.report.parts import made


def interaction_part(both):
    """Points bring 10 clients under the control and, with the policy, ``both``; the policy alone brings 50."""
    clients = {"uniform": 400.0, "today": 450.0, "uniform_points": 410.0, "points": 450.0 + both}
    return made(dict.fromkeys(clients, 0.3), name="interaction", metrics={"payback_clients_per_year": clients})


@pytest.mark.parametrize(
    ("both", "estimate", "words"),
    [(18.0, 8.0, "reinforce each other"), (4.0, -6.0, "replace each other in part"), (10.0, 0.0, "No programme clearly interacts")],
)
def test_the_interaction_is_what_a_programme_adds_under_the_policy_minus_what_it_adds_without(both, estimate, words):
    section = interaction_section(interaction_part(both))
    rows = {(row.what, row.metric): row for row in section.answers}
    assert rows["points x today", "payback_clients_per_year"].estimate == pytest.approx(estimate)
    assert rows["points under uniform", "payback_clients_per_year"].estimate == pytest.approx(10)
    assert rows["points under today", "payback_clients_per_year"].estimate == pytest.approx(both)
    assert words in section.answer


def test_a_pair_is_a_programme_with_the_policy_and_with_the_control() -> None:
    assert pairs_of(("uniform", "today", "points", "uniform_points", "recovery"), "uniform") == ["points"]
