"""Programmes join arms: by an arm's yaml, by its name, or all arms at once."""

import csv

import pytest

from experiments.execution.keys import run_key
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan
from sim.config import ConfigError
from tests.commands import run
from tests.experiments.test_compare import SMALL

pytestmark = pytest.mark.usefixtures("sketched")


def plan(*overrides):
    return make_plan(compose_settings("compare", list(overrides)), CompareOptions)


def kinds(planned):
    return {name: [programme.kind for programme in arm.programmes] for name, arm in planned.arms.items()}


def test_a_name_adds_programmes_to_an_arm_and_says_so():
    planned = plan("arm=[uniform,wecasa_2025+recovery+points]", "control=uniform")
    assert kinds(planned) == {"uniform": [], "wecasa_2025+recovery+points": ["points", "recovery"]}
    assert planned.arms["wecasa_2025+recovery+points"].description.endswith(" With points and recovery.")


def test_programme_gives_it_to_every_arm_the_control_too():
    planned = plan("arm=[uniform,wecasa_2025+points]", "programme=[points,outreach]")
    assert kinds(planned) == {"uniform": ["points", "outreach"], "wecasa_2025+points": ["points", "outreach"]}
    assert kinds(plan("arm=[uniform]", "programme=recovery")) == {"uniform": ["recovery"]}
    assert kinds(plan("arm=[uniform]", "programme=null")) == {"uniform": []}


def test_an_arm_s_yaml_may_list_programmes():
    (card,) = plan("arm=[uniform,wecasa_2025_points]").arms["wecasa_2025_points"].programmes
    assert [(card.points, card.eur) for card in card.cards] == [(9, None)]


def test_every_key_of_a_programme_can_be_changed():
    one = "arms.uniform+points.programmes.points.expiry_days=180"
    planned = plan("arm=[uniform,uniform+points]", one, "arms.uniform+points.programmes.points.per_service={hair: 9}")
    (points,) = planned.arms["uniform+points"].programmes
    assert (points.expiry_days, points.per_service) == (180, {"hair": 9})


def test_an_experiment_may_name_programmes_for_all_arms(tmp_path):
    folder = tmp_path / "experiment"
    folder.mkdir()
    (folder / "loyal.yaml").write_text("# @package _global_\narm: [uniform, rating]\nprogramme: [recovery]\n")
    composed = compose_settings("compare", ["+experiment=loyal"], [tmp_path])
    assert [list(composed["arms"][name]["programmes"]) for name in ("uniform", "rating")] == [["recovery"], ["recovery"]]


def test_the_order_of_programmes_does_not_matter_and_their_parameters_do():
    def key(name, *overrides):
        planned = plan(f"arm=[{name}]", f"control={name}", *overrides)
        return run_key(planned.market, planned.arms[name], 1, 0)

    one = key("uniform+points+recovery")
    assert one == key("uniform+recovery+points")
    assert len({one, key("uniform"), key("uniform+points"), key("uniform+points_cafe+recovery")}) == 4
    assert one != key("uniform+points+recovery", "arms.uniform+points+recovery.programmes.recovery.hours=1")


POINTS = "arms.uniform+points.programmes.points"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["arm=[uniform+pionts]"], r"^arm = 'uniform\+pionts': programme = 'pionts', unknown programme; did you mean points\?"),
        (["arm=[unifrm+points]"], r"^arm = 'unifrm', unknown arm; did you mean uniform\?"),
        (["programme=[pionts]"], r"^programme = 'pionts', unknown programme; did you mean points\?"),
        (["programme=3"], r"^programme = 3, must be a list of programmes such as \[points,recovery\]"),
        (["programme=[points,points]"], r"^programme = \['points', 'points'\], must be distinct"),
        (["arm=[uniform+points+points]"], r"^arm = 'uniform\+points\+points', must add each programme once"),
        (["+programme@x=points"], r"must be programme=\[...\]: programmes join by their names"),
        (
            ["programme=[points,points_cafe]", "arm=[uniform]"],
            r"^arms.uniform.programmes.points_cafe = points, overlaps arms.uniform.programmes.points: an arm has at most",
        ),
        (
            ["arm=[wecasa_2025_points+points]"],
            r"^arms.wecasa_2025_points\+points.programmes.points, is there already: an arm has at most one programme of a kind",
        ),
        (
            ["arm=[uniform+points]", f"{POINTS}.expiry_days=-1"],
            r"points.expiry_days = -1, must be within 1..36525",
        ),
        (["arm=[uniform+points]", f"{POINTS}.expiry_dys=1"], r"expiry_dys = 1, unknown key; did you mean arms.uniform\+points"),
        (
            ["arm=[uniform+points]", f"{POINTS}.cards=[{{points: 9, eur: 1}}, {{points: 9, eur: 2}}]"],
            r"programmes.points.cards.points = \[9.0, 9.0\], must increase",
        ),
        (["arm=[uniform+points]", f"{POINTS}.response.value_logit=-1"], r"points.response.value_logit = -1, must be within 0..20"),
        (
            ["arm=[uniform+points]", f"{POINTS}.per_service={{hairr: 1}}"],
            r"points.per_service = 'hairr', must be one of hair, mass",
        ),
    ],
)
def test_what_cannot_be_run_is_named_before_anything_is_simulated(overrides, message):
    control = [word[5:-1] for word in overrides if word.startswith("arm=[")]
    with pytest.raises(ConfigError, match=message):
        plan(*overrides, *(f"control={name}" for name in control))


def test_a_tier_nobody_can_reach_is_warned_of_on_stderr(capsys):
    grid = "arms.uniform+tiers.programmes.tiers.grid=[{threshold: 3, discount_share: .1}, {threshold: 99, discount_share: .2}]"
    plan("arm=[uniform,uniform+tiers]", grid)
    captured = capsys.readouterr()
    assert captured.err.startswith("Warning: arms.uniform+tiers.programmes.tiers.grid.threshold = 99, nobody can reach it")
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_a_comparison_with_points_says_who_got_them(tmp_path):
    out, store = tmp_path / "out", tmp_path / "store"
    arguments = ["arm=[uniform,uniform+points_cafe]", *SMALL, f"out={out}", f"store={store}"]
    assert run("compare", arguments) == 0

    def rows(name):
        with (out / name).open(newline="") as file:
            return list(csv.DictReader(file))

    services, clients, months = (rows(f"points_by_{name}.csv") for name in ("service", "client", "month"))
    assert [row["service"] for row in services if row["replication"] == "0"] == ["hair", "massage", "beauty", "nails"]
    assert {row["arm"] for row in services} == {"uniform+points_cafe"}
    for replication in ("0", "1"):
        earned = [sum(int(row["earned"]) for row in table if row["replication"] == replication) for table in (services, months)]
        assert earned[0] == earned[1] > 0
    assert sum(int(row["earned"]) for row in clients) == sum(int(row["earned"]) for row in services if row["replication"] == "0")
    assert "uniform+points_cafe" in (out / "report.html").read_text()
    # without points the files of an earlier comparison do not stay
    assert run("compare", [argument.replace(",uniform+points_cafe", "") for argument in arguments]) == 0
    assert not list(out.glob("points_by_*.csv"))
