"""What can change in a market so that its pros serve more, from what a file of bookings contradicts least to what it does most."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.calibration.findings import Finding
from sim.calibration.team import longest_usual, opening_hours
from sim.config import Market
from sim.said import Said, number, say


@dataclass(frozen=True)
class Lever:
    """A step towards a market that serves more."""

    what: Said
    found: Callable[[Market], dict[str, object]]
    """Numbers by key; those that a market has already change nothing."""


def _hours(market: Market) -> dict[str, object]:
    opens, closes = opening_hours(market.requests.start_hour_weights, longest_usual(market))
    return {"pros.work_days": [7, 7], "pros.work_hours": [closes - opens] * 2, "pros.start_hour": [opens, opens]}


def _answers(market: Market) -> dict[str, object]:
    return {"pros.acceptance_share": 1.0, "pros.acceptance_logit_sd": 0.0, "pros.answer_minutes": 0.0}


def _flexible(market: Market) -> dict[str, object]:
    return {"clients.flexible_share": 1.0}


def _reach(market: Market) -> dict[str, object]:
    return {"pros.extra_service_share": 1.0, "pros.zones_per_pro": market.zones}


LEVERS = (
    Lever(say("all pros work all hours that hold the starts, on every open day"), _hours),
    Lever(say("pros take every booking at once, as a booking tool does for them"), _answers),
    Lever(say("all clients take another slot within a day"), _flexible),
    Lever(say("all pros do all services in all zones"), _reach),
)
"""In the order in which they are tried, each on top of those before; after them only more pros are left."""


def more_pros(factor: float, market: Market) -> Lever:
    """The last resort: that many times as many pros."""
    n = max(round(factor * market.pros.n), market.pros.n)
    return Lever(say("{n} pros instead of {before}", n=n, before=market.pros.n), lambda _: {"pros.n": n})


def as_findings(lever: Lever, market: Market, before: float, after: float) -> list[Finding]:
    """The numbers of a lever that the market does not have yet, with what they did to the share of requests served."""
    source = say(
        "so that what was served is served: {what}; {after}% of requests find a pro, {before}% without",
        what=lever.what,
        before=number(100 * before, ".1f"),
        after=number(100 * after, ".1f"),
    )
    return [Finding(key, value, source) for key, value in lever.found(market).items() if value_of(market, key) != value]


def value_of(market: Market, key: str) -> object:
    """A number of a market by its key, as a yaml has it."""
    value: object = market
    for name in key.split("."):
        value = getattr(value, name)
    return list(value) if isinstance(value, tuple) else value
