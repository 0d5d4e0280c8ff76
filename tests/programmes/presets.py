"""Programmes of ``configs/programme/`` with some fields changed, and their parts of the record of parameters."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from experiments.plans.compose import compose_settings
from experiments.plans.programmes import load_programmes
from sim.config import Market
from sim.programmes.base import Programme
from sim.programmes.record import PARAMETERS
from tests.markets import market


@cache
def _preset(name: str) -> Programme:
    settings = compose_settings("compare", ["market=minimal", "arm=[uniform]", f"programme=[{name}]"])
    return load_programmes(settings["arms"]["uniform"]["programmes"], "programmes")[name]


def preset(name: str, **changed: Any) -> Any:
    """A programme by the name of its yaml."""
    return replace(_preset(name), **changed)  # type: ignore[type-var]


def filled(programme: Any, world: Market | None = None) -> Any:
    """The programme's part of a record of parameters, in a market (the minimal one: a service at 60 EUR)."""
    part = np.zeros(1, PARAMETERS)[0][programme.kind]
    programme.fill(part, world or market())
    return part
