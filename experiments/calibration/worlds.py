"""What a file leaves open about its market: joint draws of what it gives, and assumptions for the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.calibration.comments import one_line
from experiments.calibration.plan import Calibration
from sim.arrays import Floats
from sim.bookings.rows import date_of
from sim.calibration.first_visit import PROS, keys_of
from sim.calibration.redrawn import SHARES, Redrawn, line_of
from sim.config import ConfigError, Market
from sim.worlds.distributions import rounded
from sim.worlds.prior import Prior, at, lies_in, make_prior

SPREAD, STARS = "spread_between_pros", "weight_of_stars"
GIVEN = "the file gives them, or a part of what they change"
TOGETHER = {SPREAD: keys_of(PROS), STARS: keys_of("rating")}
"""Numbers of which a file tells only a common factor."""


@dataclass(frozen=True)
class Drawn:
    """A number of the file in the worlds."""

    name: str
    keys: tuple[str, ...]
    scales: bool
    """Whether its values are factors on the keys of the fitted market."""
    values: Floats
    """(n_draws,)."""

    @property
    def entry(self) -> dict[str, Any]:
        """Its distribution by itself, as a yaml has it."""
        return _distribution(self.name, self.values) | ({"scales": list(self.keys)} if self.scales else {})


@dataclass(frozen=True)
class Worlds:
    """What is known about the worlds around a fitted market."""

    drawn: tuple[Drawn, ...]
    """What the file says, with what it leaves open."""
    assumed: Mapping[str, Mapping[str, Any]]
    """By ``numbers`` and ``switches``: entries of the base market's worlds of which the file says nothing."""
    left_out: Mapping[str, str]
    """Those that are gone, and why."""
    said: Mapping[str, Any]
    """Everything but the draws, as the yaml has it."""

    @property
    def n(self) -> int:
        """Draws."""
        return len(self.drawn[0].values) if self.drawn else 0

    @property
    def names_assumed(self) -> tuple[str, ...]:
        """Of the entries."""
        return tuple(name for entries in self.assumed.values() for name in entries)


def spread_mass(prior: Prior | None) -> Callable[[Floats], Floats] | None:
    """How likely a factor on what differs between pros lies between neighbours, as the base market's worlds have it."""
    for number in prior.numbers if prior is not None else ():
        if number.scales and number.distribution is not None and set(number.keys) == set(TOGETHER[SPREAD]):
            return lambda factors: np.diff(number.coded([float(factor) for factor in factors]))
    return None


def worlds_of(job: Calibration, market: Market, keys: Sequence[str], redrawn: Redrawn) -> Worlds:
    """What is known about the worlds around a fitted market.

    Parameters
    ----------
    market
        As it was fitted.
    keys
        All keys that the file gives, or that make the market serve what it served.
    """
    drawn = _drawn(market, redrawn)
    taken = {one.name for one in drawn}
    assumed: dict[str, dict[str, Any]] = {"numbers": {}, "switches": {}}
    left_out: dict[str, str] = {}
    said = dict(job.uncertain or {})
    for number in job.prior.numbers if job.prior is not None else ():
        met = any(lies_in(key, one) or lies_in(one, key) for key in number.touched for one in keys)
        group = "numbers" if number.name in said.get("numbers", {}) else "switches"
        entry = said[group][number.name]
        if met or number.name in taken:
            left_out[number.name] = GIVEN
            continue
        try:
            make_prior({"market": market.name, group: {number.name: entry}}, market)
        except ConfigError as error:
            left_out[number.name] = str(error).splitlines()[0]
            continue
        assumed[group][number.name] = entry
    return Worlds(drawn, assumed, left_out, _said(job, market, drawn, assumed, said))


def _said(
    job: Calibration, market: Market, drawn: Sequence[Drawn], assumed: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]
) -> dict[str, Any]:
    source = f"{source_of(job)}: read again, with what it leaves open"
    numbers: dict[str, Any] = {}
    for one in drawn:
        numbers[one.name] = one.entry | {"source": source}
        try:
            make_prior({"market": market.name, "numbers": {one.name: numbers[one.name]}}, market)
        except ConfigError:
            # a tail that the market may not have: cut to the range that was seen
            numbers[one.name] = {**numbers[one.name], **_cut(one.values)}
            for kind in ("log_normal", "logit_normal"):
                numbers[one.name].pop(kind, None)
    names = {*numbers, *(name for entries in assumed.values() for name in entries)}
    found: dict[str, Any] = {"market": market.name, "numbers": {**numbers, **assumed["numbers"]}}
    if assumed["switches"]:
        found["switches"] = dict(assumed["switches"])
    # draws are correlated as they are drawn; what is left says the rest
    free = [one for one in base.get("correlations", ()) if set(one["of"]) <= names - set(numbers)]
    found |= {"correlations": free} if free else {}
    found |= {"measurements": dict(base["measurements"])} if base.get("measurements") else {}
    # the draws already are what the file says, its share of requests served included: no published figure rules them out
    return found | {"targets": {}}


def source_of(job: Calibration) -> str:
    """Name and time of the file; nothing in it refers to something else in a yaml."""
    name = one_line(job.bookings.name).replace("${", "$ {")[:120]
    return f"{name}, {date_of(int(job.visits.day.min()))} to {date_of(job.until_day)}"


def _drawn(market: Market, redrawn: Redrawn) -> tuple[Drawn, ...]:
    """Numbers of the worlds: a common factor in place of several keys that move together."""
    plain = market.model_dump(mode="json")
    found: list[Drawn] = []
    done: set[str] = set()
    for name, keys in TOGETHER.items():
        values = [at(plain, key) for key in keys]
        if all(key in redrawn.values for key in keys) and all(values):
            found.append(Drawn(name, keys, True, _rounded(redrawn.values[keys[0]] / values[0])))
            done.update(keys)
    found += [Drawn(key, (key,), False, _rounded(values)) for key, values in redrawn.values.items() if key not in done]
    return tuple(found)


def _rounded(values: Floats) -> Floats:
    return np.array([rounded(float(value)) for value in values])


def _distribution(name: str, values: Floats) -> dict[str, Any]:
    """The distribution whose middle and width are those of some draws, normal on the scale of ``line_of``."""
    if values.min() <= 0:
        return _cut(values)
    to_line, from_line = line_of(name, float(values.min()))
    on_line = to_line(values)
    middle, sd = rounded(float(from_line(on_line.mean()))), rounded(float(on_line.std(ddof=1)))
    if name.endswith(SHARES):
        return {"logit_normal": {"median": middle, "logit_sd": sd}}
    return {"log_normal": {"median": middle, "log_sd": sd}}


def _cut(values: Floats) -> dict[str, Any]:
    ends = {"low": float(values.min()), "high": float(values.max())}
    return {"normal": {"mean": rounded(float(values.mean())), "sd": rounded(float(values.std(ddof=1))), **ends}}
