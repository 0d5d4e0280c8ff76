from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import CONFIGS, compose_settings
from sim.allocators.ranked import Ranked
from sim.config import ConfigError
from sim.scores.fidelity import FidelityScore

MARKETS = sorted(path.stem for path in (CONFIGS / "market").glob("*.yaml"))


def load(*overrides: str, config_dirs: tuple[Path, ...] = ()) -> Any:
    """The market and the arms of the main job; the minimal market unless an override says otherwise."""
    settings = compose_settings("compare", ["market=minimal", "arm=[uniform,wecasa_2025]", *overrides], config_dirs)
    return load_market(settings), load_arms(settings)


def refusal(*overrides: str, config_dirs: tuple[Path, ...] = ()) -> str:
    with pytest.raises(ConfigError) as caught:
        load(*overrides, config_dirs=config_dirs)
    return str(caught.value)


@pytest.mark.parametrize("name", MARKETS)
def test_every_market_composes_and_loads(name: str) -> None:
    market, _ = load(f"market={name}")
    assert market.name == name


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.relative_to(CONFIGS).as_posix())
def test_every_configuration_opens_with_a_line_that_says_what_it_is_for(path: Path) -> None:
    # Hydra reads a header only from the first line
    lines = path.read_text().removeprefix("# @package _global_\n").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines[0]) > 20


def test_overrides_reach_the_market_and_the_arms() -> None:
    market, arms = load("market.clients.one_time_share=.25", "arms.wecasa_2025.score.min_sessions=15")
    assert market.clients.one_time_share == 0.25
    assert arms["wecasa_2025"].score.min_sessions == 15
    # the other arm has the same score definition, and keeps its own threshold
    assert arms["uniform"].score.min_sessions == 30


def test_a_number_may_be_taken_from_another_key() -> None:
    assert load("market.warmup_days=${market.requests.max_offers}")[0].warmup_days == 5


def test_arms_keep_their_order() -> None:
    assert list(load("arm=[wecasa_2025,uniform,rating]")[1]) == ["wecasa_2025", "uniform", "rating"]
    # one arm needs no brackets
    assert list(load("arm=rating")[1]) == ["rating"]


def test_an_allocator_without_an_arm_joins_with_the_default_score() -> None:
    _, arms = load("arm=[uniform,ranked]")
    assert arms["ranked"].allocator == Ranked()
    assert arms["ranked"].score == FidelityScore(183, 183, 30, 5, "left_out", "platform")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "market.clients.one_time=.5",
            "market.clients.one_time = .5, unknown key; did you mean market.clients.one_time_share?",
        ),
        ("pros.n=3", "pros.n = 3, unknown key; did you mean market.pros.n?"),
        ("replicatons=3", "replicatons = 3, unknown key; did you mean replications?"),
        ("zzz=3", "zzz = 3, unknown key"),
        ("market=personal_car", "market = 'personal_car', unknown market; did you mean personal_care? There are: {markets}"),
        ("market=zzz", "market = 'zzz', unknown market; there are: {markets}"),
        ("+market.clients.one_time=.5", "market.clients.one_time = 0.5, unknown key"),
        ("market.pros.n=many", "market.pros.n = 'many', input should be a valid integer"),
        ("market.pros.n=0", "market.pros.n = 0, input should be greater than or equal to 1"),
        ("market.pros.n=true", "market.pros.n = True, input should be a valid integer"),
        ("market.clients=null", "market.clients = None, input should be a valid dictionary or instance of Clients"),
        ("~market.clients.gap_shape", "market.clients.gap_shape is missing"),
        ("~market", "market = None, must be a mapping"),
        (
            "arms.wecasa_2025.score.sessions=15",
            "arms.wecasa_2025.score.sessions = 15, unknown key; did you mean arms.wecasa_2025.score.min_sessions?",
        ),
        (
            "+arms.wecasa_2025.score.sessions=15",
            "arms.wecasa_2025.score.sessions = 15, unknown key; FidelityScore takes: rebook_days, lookback_days, min_sessions,"
            " min_clients_behind, immature, credit",
        ),
        ("arms.wecasa_2025.score.min_sessions=true", "arms.wecasa_2025.score.min_sessions = True, must not be a boolean"),
        ("arms.wecasa_2025.score.min_sessions=-1", "arms.wecasa_2025.score.min_sessions = -1, must be >= 0"),
        ("arms.wecasa_2025.score=null", "arms.wecasa_2025.score = None, must be a mapping with a _target_"),
        ("arms.wecasa_2025=3", "arms.wecasa_2025 = 3, must be a mapping with score and allocator"),
        (
            "arms.wecasa_2025.allocator._target_=os.system",
            "arms.wecasa_2025.allocator._target_ = 'os.system', must be a class of sim; other packages are listed in SIM_PLUGINS",
        ),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_key_value_and_rule(override: str, message: str) -> None:
    assert refusal(override) == message.replace("{markets}", ", ".join(MARKETS))


def test_a_misspelt_key_of_another_market_is_looked_up_in_that_market() -> None:
    # the other wrong override is not reported first, and does not hide what was meant
    message = refusal("market=personal_care", "market.pros.nn=3", "market.pros.n=many")
    assert message == "market.pros.nn = 3, unknown key; did you mean market.pros.n?"


@pytest.mark.parametrize("override", ["+arms.other.score.min_sessions=15", "arms.other.score.min_sessions=15", "+arms.other=3"])
def test_the_key_of_an_arm_that_does_not_take_part_is_refused(override: str) -> None:
    assert refusal(override).startswith("arms.other")


@pytest.mark.parametrize("override", ["~arms.wecasa_2025", "~arms", "arms=null"])
def test_arms_cannot_be_taken_away_from_under_their_names(override: str) -> None:
    assert "arms" in refusal(override)


def test_an_unknown_arm_is_refused_with_those_there_are() -> None:
    message = refusal("arm=[uniform,nobody]")
    assert message.startswith("arm = 'nobody', unknown arm; there are: ")
    assert {"uniform", "wecasa_2025", "ranked"} <= set(message.partition("there are: ")[2].split(", "))
    assert refusal("arm=[unifrom,rating]").startswith("arm = 'unifrom', unknown arm; did you mean uniform? There are: ")


@pytest.mark.parametrize(
    "value", ["[]", "3", "null", "[1]", "[uniform,uniform]", "{uniform: 1}", "[../market/minimal]", "[[uniform]]"]
)
def test_arms_are_a_list_of_distinct_names(value: str) -> None:
    message = refusal(f"arm={value}")
    assert message.startswith("arm = ")
    assert message.endswith(("must be distinct", "must be a list of arm names such as [uniform,wecasa_2025]"))


@pytest.mark.parametrize("override", ["+arm@arms.third=uniform", "arm@market=uniform"])
def test_an_arm_joins_by_its_name_in_the_list_and_by_nothing_else(override: str) -> None:
    # such an override would otherwise be read as arm=uniform, and leave the other arms out without a word
    assert "arm" in refusal(override)


def test_an_unknown_market_is_refused_with_those_there_are() -> None:
    message = refusal("market=nowhere")
    assert "market" in message
    assert "nowhere" in message
    assert all(name in message for name in MARKETS)


@pytest.mark.parametrize(
    "override", ["market=3", "=3", "", "market", "market.horizon_days", "market.name=[", "market.horizon_days=="]
)
def test_what_is_not_a_possible_override_is_refused(override: str) -> None:
    assert refusal(override)


@pytest.mark.parametrize(
    "override",
    [
        "market.horizon_days=300,400",
        "market=minimal,personal_care",
        "market.horizon_days=range(300,400)",
        "market.horizon_days=choice(300,400)",
        "market.horizon_days=interval(300,400)",
        "market=glob(*)",
    ],
)
def test_a_sweep_is_refused(override: str) -> None:
    assert refusal(override) == f"{override}, sweeps are not supported; a list is written [a,b]"


def test_a_sweep_over_arms_is_refused() -> None:
    assert refusal("arm=uniform,rating") == "arm=uniform,rating, sweeps are not supported; a list is written [a,b]"


VARIABLE = "SETTING_OF_THIS_MACHINE"


@pytest.mark.parametrize(
    "text",
    [
        "${oc.env:SETTING_OF_THIS_MACHINE}",
        "minimal ${oc.env:SETTING_OF_THIS_MACHINE,nothing}",
        "${ oc.env:SETTING_OF_THIS_MACHINE}",
        "${oc.env:${market.clients.channels}}",
        "${oc.decode:3}",
        "${oc.create:{a: 1}}",
        "${oc.select:market.horizon_days}",
        "${oc.dict.keys:market}",
        "${hydra:runtime.cwd}",
        "${now:%Y}",
        "${python_version:}",
    ],
)
def test_a_value_that_calls_a_resolver_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "minimal")
    message = refusal(f"market.name='{text}'")
    assert message == f"market.name = {text!r}, must not call a resolver; a config reads neither the environment nor code"


def test_a_resolver_of_somebody_else_is_not_called_either() -> None:
    called: list[str] = []
    OmegaConf.register_new_resolver("their_resolver", called.append)
    try:
        assert "must not call a resolver" in refusal("market.name='${their_resolver:x}'")
    finally:
        OmegaConf.clear_resolver("their_resolver")
    assert called == []


def test_resolvers_are_back_afterwards() -> None:
    load()
    assert OmegaConf.has_resolver("oc.env")
    refusal("market.pros.n=0")
    refusal("market.name='${oc.env:HOME}'")
    assert OmegaConf.has_resolver("oc.env")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A team's own folder of configurations, with one policy."""
    (tmp_path / "allocator").mkdir()
    (tmp_path / "allocator" / "mine.yaml").write_text(
        "# Stronger than the published rule.\n_target_: sim.allocators.fidelity.Fidelity\nstrength: 3\nfloor: 0.1\ncap: 10\n"
    )
    return tmp_path


def test_a_policy_of_another_folder_joins_by_its_name(folder: Path) -> None:
    _, arms = load("arm=[uniform,mine]", config_dirs=(folder,))
    assert arms["mine"].allocator.strength == 3
    # and is forgotten again
    assert "unknown arm" in refusal("arm=[uniform,mine]")


def test_a_policy_of_another_package_joins_when_the_package_is_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "team_of_settings.py").write_text(
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Policy:\n    share: float\n\n"
        "    def visibility(self, pros, now_days):\n        return pros.joined_days + self.share\n"
    )
    (folder / "allocator" / "theirs.yaml").write_text("# Theirs.\n_target_: team_of_settings.Policy\nshare: 0.5\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("SIM_PLUGINS", raising=False)
    expected = "arms.theirs.allocator._target_ = 'team_of_settings.Policy', must be a class of sim; "
    assert refusal("arm=[uniform,theirs]", config_dirs=(folder,)).startswith(expected)
    monkeypatch.setenv("SIM_PLUGINS", "team_of_settings")
    _, arms = load("arm=[uniform,theirs]", config_dirs=(folder,))
    assert arms["theirs"].allocator.share == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "_target_: sim.allocators.fidelity.Fidelity\nstrength: ${oc.env:SETTING_OF_THIS_MACHINE}\nfloor: 0.1\ncap: 10\n",
        "_target_: ${oc.env:SETTING_OF_THIS_MACHINE}\n",
        "defaults:\n  - ${oc.env:SETTING_OF_THIS_MACHINE}\n",
        "defaults:\n  - /market@place: ${oc.env:SETTING_OF_THIS_MACHINE}\n",
    ],
)
def test_a_file_that_reads_the_environment_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(VARIABLE, "minimal")
    (folder / "allocator" / "spy.yaml").write_text(text)
    message = refusal("arm=[uniform,spy]", config_dirs=(folder,))
    assert "oc.env" in message


def test_a_folder_of_configurations_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    assert refusal(config_dirs=(missing,)) == f"--config-dir {missing}, must be a folder"


@pytest.mark.parametrize("text", ["strength: [1\n", "cap: 1\ncap: 2\n", "strength: !!python/object/apply:os.getcwd []\n"])
def test_a_file_that_is_not_plain_yaml_is_refused_with_its_name(folder: Path, text: str) -> None:
    (folder / "allocator" / "broken.yaml").write_text(text)
    assert "broken" in refusal("arm=[uniform,broken]", config_dirs=(folder,))
