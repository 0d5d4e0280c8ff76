"""What a file says about the numbers of a market: each with its source, and what it cannot tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.calibration.spread import Spread
from sim.config import Market, load
from sim.said import Said
from sim.statistics.intervals import Interval


@dataclass(frozen=True)
class Finding:
    """A number of the market with its source."""

    key: str
    value: Any
    source: Said | None
    """Where it comes from; None for a number on the way to another."""


@dataclass(frozen=True)
class Findings:
    """Everything that a file says about a market."""

    found: tuple[Finding, ...]
    untold: tuple[tuple[str, Said], ...]
    """What the data cannot tell: keys, and why; they keep their defaults."""
    spread: Spread | None
    """Between pros, of new clients' return; None without pros."""
    ends: tuple["SpreadEnd", ...] = ()
    """What makes the market's pros differ as at the low end, the middle and the high end of that spread's interval; none where the
    file does not tell."""


@dataclass(frozen=True)
class SpreadEnd:
    """A market whose pros differ more or less."""

    what: Said
    rho: float
    """Correlation of new clients' return within pros."""
    found: tuple[Finding, ...]
    """On top of the other findings."""


@dataclass(frozen=True)
class PolicyGain:
    """What a policy gains over another one in a market whose pros differ by so much."""

    what: Said
    rho: float
    """Correlation of new clients' return within pros."""
    policy: str
    control: str
    points: Interval
    """Of new clients' return within 183 days, in points; nan without new clients."""


def nested(found: Sequence[Finding]) -> Mapping[str, Any]:
    """Findings as the nested mapping of a yaml."""
    tree: dict[str, Any] = {}
    for finding in found:
        *sections, key = finding.key.split(".")
        place = tree
        for name in sections:
            place = place.setdefault(name, {})
        place[key] = finding.value
    return tree


def market_with(base: Market, found: Sequence[Finding], name: str | None = None) -> Market:
    """The base market with the numbers found in a file.

    Parameters
    ----------
    name
        Of the market; None for that of the base, where the market is only a step on the way.

    Raises
    ------
    ConfigError
        They contradict one another.
    """
    return load(Market, _merged(base.model_dump(mode="json"), {**nested(found), "name": name or base.name}), "market")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        deeper = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if deeper else value
    return merged
