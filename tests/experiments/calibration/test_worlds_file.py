from pathlib import Path

import pytest

from experiments.calibration.worlds_file import check_worlds_path, use_of_worlds, worlds_text, write_worlds
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan
from experiments.uncertain.sample import first_sample
from sim.config import ConfigError
from tests.experiments.calibration.test_worlds import BASE, DRAWS, N, found, job


def test_the_yaml_composes_and_its_draws_are_used_as_they_are(tmp_path: Path) -> None:
    # beside a market that is the default one by another name
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "mine.yaml").write_text("defaults:\n  - personal_care\n  - _self_\n\nname: mine\n")
    asked = job()
    asked.worlds_path = tmp_path / "worlds" / "mine.yaml"
    write_worlds(asked, BASE, found())
    plan = make_plan(compose_settings("compare", ["market=mine", "worlds=16"], [tmp_path]), CompareOptions)
    sample = first_sample(plan)
    assert sample is not None
    assert sample.origin == "posterior"
    assert len(sample) == 16
    names = plan.prior.names if plan.prior is not None else ()
    late = [float(world[names.index("pros.late_share")]) for world in sample.worlds]
    assert late == pytest.approx(DRAWS.values["pros.late_share"][:16], rel=1e-5)
    # a factor on the market's own numbers, and the assumptions of the base market
    skill = DRAWS.values["stay.skill"][:16]
    assert [one.stay.skill for one in sample.markets] == pytest.approx(skill, rel=1e-4)
    assert "leakage" in names
    with pytest.raises(ConfigError, match=f"must be <= {N}"):
        first_sample(make_plan(compose_settings("compare", ["market=mine", "worlds=128"], [tmp_path]), CompareOptions))


def test_the_yaml_says_what_of_the_base_market_is_gone(tmp_path: Path) -> None:
    text = worlds_text(job(), BASE, found())
    assert text.startswith("# Plausible markets, fitted by experiments.calibrate to book$ {x}ings.csv")
    assert "clients.one_time_share, spread, services.0.price_eur, leaving" in text.replace("\n#   ", " ")


def test_a_yaml_of_others_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    check_worlds_path(path)
    path.write_text(worlds_text(job(), BASE, found()))
    check_worlds_path(path)
    path.write_text("market: mine\n")
    with pytest.raises(ConfigError, match="was not made by this command"):
        check_worlds_path(path)


def test_the_command_asks_for_no_more_worlds_than_there_are(tmp_path: Path) -> None:
    assert use_of_worlds(tmp_path / "market" / "mine.yaml", 128).endswith("market=mine worlds=64")
    assert use_of_worlds(tmp_path / "market" / "mine.yaml", 32).endswith("worlds=32")
