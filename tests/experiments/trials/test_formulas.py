"""Power by formula, from clients made by hand."""

import math

import numpy as np
import pytest

from experiments.trials.formulas import power_by_formula
from sim.designs.client import Client
from sim.designs.pro import Pro
from sim.designs.zone import Zone
from sim.estimators.power import power
from tests.experiments.trials.test_estimating import newcomers, split

HALF = np.arange(400) % 2.0


def test_clients_are_counted_one_by_one() -> None:
    who = newcomers(HALF.repeat(1))
    plan = split(places=np.tile([0.2, 0.7, 0.7, 0.2], 100), shares=[[0.5]])
    # sd .5 on both sides: an error of (.25 / .5 + .25 / .5)^.5 / 20 = .05
    assert power_by_formula(Client(0.5), [plan, plan], [who, who], -0.1) == pytest.approx(power(0.1, 0.05))


def test_zones_that_differ_make_it_harder() -> None:
    zones = np.repeat(np.arange(8), 50)
    apart = newcomers(HALF + 0.5 * (zones >= 4), zone=zones.tolist())
    alike = newcomers(HALF, zone=zones.tolist())
    plan = split(places=np.zeros(400), shares=[[1.0], [0.0]] * 4)
    found = [power_by_formula(Zone(0.5), [plan], [who], 0.2) for who in (alike, apart)]
    assert found[0] > found[1] + 0.2


def test_designs_without_a_formula_have_none() -> None:
    who = newcomers(HALF, pro=np.arange(400) % 12)
    assert math.isnan(power_by_formula(Pro(0.5), [split(places=np.zeros(400), pros=[True, False] * 6)], [who], 0.1))
