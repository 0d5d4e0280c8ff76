import math

import numpy as np
import pytest

from experiments.calibration import demand
from experiments.calibration.demand import ARRIVALS, arrivals, shifted, taste_shift
from experiments.calibration.runs import as_observed
from sim.calibration.served import Flow
from sim.said import say
from tests.markets import arm, market, run

# a visit each ten days; nobody stays after more than one in two
BASE = market(
    "clients.one_time_share=0",
    "clients.taste_mean=0.5",
    "clients.taste_size=1000",
    "clients.rate_shape=1000",
    "clients.rate_scale_per_day=0.0001",
    "horizon_days=400",
    "warmup_days=100",
    "stay.skill=0",
    "stay.warmth=0",
    "stay.advocacy=0",
    "stay.late=0",
)
UNIFORM = arm("uniform")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the clients: errors of two or three percent instead of one."""
    monkeypatch.setattr(demand, "AMPLE_RUNS", 2)
    monkeypatch.setattr(demand, "AMPLE_ARRIVALS", 2.0)


def found(per_day: float, rate: float, cohort_days: int = 0) -> dict[str, float]:
    own = market(*[f"clients.arrivals_per_day={rate}"])
    world = BASE.model_copy(update={"clients": BASE.clients.model_copy(update={"arrivals_per_day": own.clients.arrivals_per_day})})
    return {f.key: f.value for f in arrivals(world, BASE, UNIFORM, 1, Flow(per_day, 364, cohort_days), say("fit"))}


def test_arrivals_give_the_visits_of_the_file() -> None:
    # each client makes 1 + 1/2 + 1/4 + ... = 2 visits, all within a few weeks: half as many clients as visits
    needed = found(3.0, 0.7)[ARRIVALS]
    assert needed == pytest.approx(1.5, rel=0.06)
    # what the file itself has stays where it gives the visits anyway, to a percent
    assert found(3.0, 1.01 * needed)[ARRIVALS] == pytest.approx(1.01 * needed, rel=1e-5)
    # no first visits tell anything when all began together
    assert found(3.0, 99.0, cohort_days=2)[ARRIVALS] == pytest.approx(1.5, rel=0.06)


def test_a_longer_warm_up_is_for_clients_who_were_there_before() -> None:
    # they stay on, so each year's clients add to those before: a day's visits of one client a day are a tenth of the days so far
    loyal = BASE.model_copy(
        update={"clients": BASE.clients.model_copy(update={"taste_mean": 0.999, "taste_size": 1e6, "arrivals_per_day": 1.0})}
    )
    values = {f.key: f.value for f in arrivals(loyal, BASE, UNIFORM, 1, Flow(60.0, 364, 0), say("fit"))}
    # the mean of days W to W + 300 is (W + 150) / 10, less those who left, 1 in 1000 visits: 60 from W = 450 on, and a little more
    assert 430 <= values["warmup_days"] <= 520
    assert values["horizon_days"] == values["warmup_days"] + 300
    assert values[ARRIVALS] == pytest.approx(1.0, rel=0.1)
    # growth is none of theirs
    assert "warmup_days" not in found(3.0, 0.7)


def test_the_taste_is_moved_until_new_clients_make_as_many_visits() -> None:
    def file_of(taste: float) -> object:
        world = BASE.model_copy(update={"clients": BASE.clients.model_copy(update={"taste_mean": taste, "arrivals_per_day": 5.0})})
        return as_observed(run(world, UNIFORM, 77))

    # visits of clients who stay with probability p are 1 / (1 - p): 2, and 5 at .8
    assert taste_shift(BASE, UNIFORM, 1, file_of(0.5)) == pytest.approx(0, abs=0.1)  # type: ignore[arg-type]
    moved = taste_shift(BASE, UNIFORM, 1, file_of(0.8))  # type: ignore[arg-type]
    assert moved == pytest.approx(math.log(4), abs=0.12)
    assert shifted(0.5, moved) == pytest.approx(0.8, abs=0.02)
    assert np.isclose(shifted(1.0, 50.0), 0.999)
