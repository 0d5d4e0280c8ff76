"""What a file says about the numbers of a market: each with its source, and what it cannot tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.calibration.spread import Spread
from sim.said import Said


@dataclass(frozen=True)
class Finding:
    """A number of the market with its source."""

    key: str
    value: Any
    source: Said | None
    """Where it comes from; None for a number on the way to another."""


@dataclass(frozen=True)
class Findings:
    """Everything that a file says of a market."""

    found: tuple[Finding, ...]
    untold: tuple[tuple[str, Said], ...]
    """What the data cannot tell: keys, and why; they keep their defaults."""
    spread: Spread | None
    """Between pros, of new clients' return; None without pros."""


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
