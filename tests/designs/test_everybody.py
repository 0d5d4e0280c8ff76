"""One arm for the whole market."""

import pytest

from sim.designs.base import Units
from sim.designs.everybody import Everybody


@pytest.mark.parametrize("treated", [True, False])
def test_all_are_in_one_group_at_all_times(treated: bool) -> None:
    groups = Everybody(treated).groups(Units(0, 0, 5, 4, 3, 30.0))
    # places lie within [0, 1): all are below a share of 1, none below 0
    assert ((groups.places[None, None, :] < groups.shares[:, :, None]) == treated).all()
    assert groups.pros.all()
