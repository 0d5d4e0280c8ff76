"""Arms that other keys name: found where the others are, changed as the others are, refused as the others are."""

from pathlib import Path

import pytest

from experiments.plans.arms import load_named
from experiments.plans.compose import compose_settings
from experiments.plans.named import NAMED_ARMS, NAMING
from experiments.trials.curves import BOLDER
from experiments.trials.plan import make_lab
from experiments.trials.rollout import BAD
from sim.config import ConfigError

SMALL = (
    "market=minimal",
    "market.horizon_days=330",
    "market.warmup_days=30",
    "days=60",
    "design=[client]",
    "shares=[]",
    "loads=[]",
)
PLAN = {"bolder": BOLDER, "rollout.bad": BAD}
"""What an arm becomes in a lab, by the key that names it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A team's own folder of configurations, with one policy."""
    (tmp_path / "allocator").mkdir()
    (tmp_path / "allocator" / "mine.yaml").write_text(
        "# A rule of ours.\n_target_: sim.allocators.fidelity.Fidelity\nstrength: 3\nfloor: 0.1\ncap: 10\n"
    )
    return tmp_path


def composed(*overrides: str, folders: tuple[Path, ...] = ()):
    return compose_settings("lab", [*SMALL, *overrides], folders)


@pytest.mark.parametrize("key", NAMING)
def test_an_arm_of_another_folder_is_found_and_changed_by_its_own_keys(key: str, folder: Path) -> None:
    settings = composed(f"{key}=mine", "arms.mine.allocator.strength=2", "rollout.stage_days=14", folders=(folder,))
    assert list(settings["arms"]) == ["uniform", "wecasa_2025"]
    tried = make_lab(settings).beside[PLAN[key]].trial.treated
    assert (tried.name, tried.allocator.strength, tried.allocator.cap) == ("mine", 2, 10)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("worst_frist", " = 'worst_frist', unknown arm; did you mean worst_first? There are: cleaning_score, "),
        ("rating+pionts", " = 'rating+pionts': programme = 'pionts', unknown programme; did you mean points?"),
        ("'two words'", " = 'two words', must be the name of an arm, or null"),
        ("3", " = 3, input should be a valid string"),
    ],
)
@pytest.mark.parametrize("key", NAMING)
def test_an_unknown_arm_is_refused_by_the_key_that_names_it(key: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_lab(composed(f"{key}={value}"))
    assert str(caught.value).startswith(key + message)


def test_an_arm_that_is_taken_away_from_under_its_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"arms\.cleaning_score = None, must be a mapping"):
        make_lab(composed("~arms.cleaning_score"))


def test_the_last_change_names_the_arm_in_a_section_or_alone() -> None:
    assert list(composed("rollout={bad: rating}", "bolder=null")[NAMED_ARMS]) == ["rating"]
    assert list(composed("rollout={bad: rating}", "rollout.bad=oracle", "bolder=null")[NAMED_ARMS]) == ["oracle"]
    assert NAMED_ARMS not in composed("rollout.bad=null", "bolder=null")
    with pytest.raises(ConfigError, match=r"^bolder = nobody, unknown key"):
        compose_settings("compare", ["bolder=nobody"])


def test_two_keys_and_the_list_of_arms_may_name_the_same_one() -> None:
    settings = composed("arm=[uniform,rating]", "bolder=rating", "rollout.bad=worst_first+points", "programme=[points]")
    assert list(settings["arms"]) == ["uniform", "rating"]
    found = load_named(settings)
    assert list(found) == ["rating", "worst_first+points"]
    # what all arms have, they have, too: they are compared with them
    assert [programme.kind for programme in found["rating"].programmes] == ["points"]
    assert found["worst_first+points"].programmes == found["rating"].programmes
