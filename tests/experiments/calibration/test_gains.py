import math

import numpy as np
import pytest

import experiments.calibration.gains as module
from experiments.calibration.gains import N_TICKS, policy_gains
from sim.calibration.findings import Finding, Findings, SpreadEnd
from sim.said import say
from tests.markets import market

BASE = market(
    "zones=1",
    "pros.zones_per_pro=1",
    "pros.extra_service_share=1",
    "pros.leaving.enabled=false",
    "horizon_days=700",
    "warmup_days=100",
    "clients.arrivals_per_day=6",
    "pros.n=12",
    "clients.rate_scale_per_day=0.02",
    preset="personal_care",
)


def ends(*factors: float) -> Findings:
    """Markets whose pros differ by so much more than the base market's."""
    found = []
    for factor in factors:
        traits = tuple(Finding(f"stay.{name}", factor * getattr(BASE.stay, name), None) for name in ("skill", "warmth", "advocacy"))
        found.append(SpreadEnd(say("middle"), factor / 100, traits))
    return Findings((), (), None, tuple(found))


def test_a_policy_gains_more_where_pros_differ_more() -> None:
    ticks: list[int] = []
    none, much = policy_gains(ends(0.0, 3.0), BASE, 1.0, 1, lambda: ticks.append(1))
    assert len(ticks) == N_TICKS
    assert (none.rho, much.rho) == (0.0, 0.03)
    # pros who do not differ can neither be chosen well nor badly
    assert abs(none.points.estimate) < 1.5
    assert much.points.estimate > 0.5 + none.points.estimate


def test_a_file_that_does_not_tell_the_spread_gives_no_gain() -> None:
    ticks: list[int] = []
    assert policy_gains(Findings((), (), None), BASE, 1.0, 1, lambda: ticks.append(1)) == []
    assert len(ticks) == N_TICKS


def test_runs_without_new_clients_have_no_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_return", lambda *_: math.nan)
    (gain,) = policy_gains(ends(1.0), BASE, 1.0, 1, lambda: None)
    assert np.isnan(gain.points.estimate)
