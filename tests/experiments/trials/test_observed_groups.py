"""Which group is the control, and who was in which: worked out by hand."""

import numpy as np
import pytest

from experiments.trials.observed_groups import Rows, by_unit, control_and_treated, never_back, wholes
from sim.config import ConfigError


def rows(unit, group) -> Rows:
    return Rows(np.array(unit), np.array(group), np.arange(len(unit)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["B", "A"], ("A", "B")),
        (["Treatment", "Control"], ("Control", "Treatment")),
        (["1", "0"], ("0", "1")),
        (["1.0", "0.0"], ("0.0", "1.0")),
        (["ON", "OFF"], ("OFF", "ON")),
    ],
)
def test_usual_words_say_which_group_is_which(values, expected) -> None:
    assert control_and_treated(values, None) == expected


def test_a_yaml_may_take_the_words_of_a_file_for_yes_and_no() -> None:
    assert control_and_treated(["off", "on", "other"], {"control": False, "treated": True}) == ("off", "on")
    assert control_and_treated(["1.0", "2.0"], {"control": 2, "treated": 1}) == ("2.0", "1.0")


@pytest.mark.parametrize("values", [["red", "blue"], ["A", "B", "C"], ["A", "A2"]])
def test_other_words_are_listed(values) -> None:
    with pytest.raises(ConfigError, match=f"there are: {', '.join(values)}"):
        control_and_treated(values, None)


def test_a_unit_has_the_group_that_its_rows_say() -> None:
    # the row of unit 2 says no group, that of no unit counts for nobody
    assert by_unit(rows([0, 0, 1, 2, -1], [1, -1, 0, -1, 1]), 4, "client").tolist() == [1, 0, -1, -1]


def test_a_unit_in_both_groups_is_named_by_its_rows() -> None:
    both = rows([3, 3, 5, 3], [1, 1, 0, 0])
    with pytest.raises(ConfigError, match=r"client is in both groups \(control in line 5, treated in line 2\), and 1 of 2 are"):
        by_unit(both, 6, "client", line_of=2)
    with pytest.raises(ConfigError, match=r"client Ann is in both groups \(control in row 4, treated in row 1\)"):
        by_unit(both, 6, "client", {3: "Ann", 5: "Bob"})


def test_nobody_of_a_rollout_may_go_back() -> None:
    assert never_back(np.array([[0, -1, 1], [1, -1, 0], [-1, -1, -1], [1, 1, 0]])).tolist() == [True, False, True, False]


def test_wholes_are_numbered_by_zone_and_period() -> None:
    zone, period = np.array([0, 2, -1, 1]), np.array([1, 0, 1, -1])
    assert wholes("zone", zone, period, 3).tolist() == [0, 2, -1, 1]
    assert wholes("period", zone, period, 3).tolist() == [1, 0, 1, -1]
    assert wholes("zone_period", zone, period, 3).tolist() == [1, 6, -1, -1]
