import numpy as np
import pytest

from experiments.explorer.logs import log_of
from sim.engine.run import simulate
from sim.log import TABLES


@pytest.mark.parametrize("arm", ["uniform", "wecasa_2025"])
def test_a_log_that_is_read_back_is_the_log_that_was_simulated(arm, finished):
    read = log_of(finished, arm, 1)
    made = simulate(finished.plan.market, finished.plan.arms[arm], finished.seed, 1)
    for table in TABLES:
        ours, theirs = getattr(read, table), getattr(made, table)
        assert list(ours) == list(theirs)
        for name in theirs:
            np.testing.assert_array_equal(ours[name], theirs[name], err_msg=f"{table}.{name}")
    assert read.names == made.names
    assert read.facts == pytest.approx(made.facts, nan_ok=True)
