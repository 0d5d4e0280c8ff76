from pathlib import Path

import pytest

from experiments.calibration.market import MADE_BY, check_market_path, use_of
from sim.config import ConfigError


def test_a_market_of_others_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    check_market_path(path)
    path.write_text(f"{MADE_BY} to bookings.csv\n")
    check_market_path(path)
    path.write_text("name: mine\n")
    with pytest.raises(ConfigError, match="was not made by this command"):
        check_market_path(path)


def test_the_command_names_the_folder_unless_it_is_that_of_all_configurations(tmp_path: Path) -> None:
    path = tmp_path / "market" / "mine.yaml"
    assert use_of(path) == f"python -m experiments.compare --config-dir {tmp_path} market=mine"
    (tmp_path / "compare.yaml").touch()
    assert use_of(path) == "python -m experiments.compare market=mine"
