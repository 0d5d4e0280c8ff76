"""A forecast of known clients beside what they did, in words: how far off, within its interval or not, and why this forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.calibration.forecast import Accuracy
from sim.forecasting.stacking import PRIOR_ORIGINS
from sim.said import Said
from sim.words.language import enumerated, joined, t, told
from sim.words.units import rounded, whole, with_unit


@dataclass(frozen=True)
class EarlierDay:
    """What would have been forecast from a day within the past."""

    day: str
    weeks: float
    forecast: float
    true: float


@dataclass(frozen=True)
class HeldOutPage:
    """What was held out, and what was forecast of it."""

    day: str
    """First of the hold-out."""
    days: int
    n_clients: int
    """Known by then."""
    needs: bool
    """Whether needs are counted, since the file has bookings that did not take place."""
    true: float
    """Visits of all of them."""
    forecast: float
    low: float
    high: float
    """95 % interval of the total."""
    lines: Sequence[tuple[Said | str, Accuracy]]
    """Each forecast, the own first."""
    coverage: Mapping[float, float]
    """Share of clients within their own central intervals, by level."""
    members: Sequence[tuple[Said | str, float, float]]
    """Each form that was mixed: name, weight, and mean CRPS at the earlier days relative to the mean of all (nan without such)."""
    earlier: Sequence[EarlierDay]
    at_bound: Sequence[tuple[Said | str, Sequence[str]]]
    """Forms with parameters at an end of their range."""
    drift: Sequence[Said]
    since: str | None
    """From which day on the file may be read alone."""

    @property
    def inside(self) -> bool:
        """Whether the true total lies in the interval."""
        return self.low <= self.true <= self.high


def percent(share: float) -> str:
    """A relative error: ``+12.6 %``."""
    return with_unit(rounded(100 * share, 1, signed=True), "%")


def verdict(held: HeldOutPage) -> str:
    """Forecast, interval and truth in one sentence."""
    words = {
        "day": held.day,
        "days": held.days,
        "n": whole(held.n_clients),
        "forecast": whole(held.forecast),
        "low": whole(held.low),
        "high": whole(held.high),
        "true": whole(held.true),
    }
    if held.inside:
        return t(
            "Of the {n} clients known before {day}, {forecast} visits were forecast for the {days} days from then on, 95 % interval"
            " [{low}, {high}]; they made {true}: inside.",
            **words,
        )
    return t(
        "Of the {n} clients known before {day}, {forecast} visits were forecast for the {days} days from then on, 95 % interval"
        " [{low}, {high}]; they made {true}: outside.",
        **words,
    )


def sentences(held: HeldOutPage) -> list[str]:
    """The findings about the forecast, for the summary."""
    own, *others = held.lines
    rivals = enumerated(
        t("{value} for {forecast}", value=rounded(line.mean_absolute_error, 3), forecast=told(name)) for name, line in others
    )
    found = [
        verdict(held),
        t(
            "By client the forecast is off by {error} visits on average, against {others}.",
            error=rounded(own[1].mean_absolute_error, 3),
            others=rivals,
        ),
    ]
    if held.drift:
        found.append(drift_sentence(held))
    return found


def drift_sentence(held: HeldOutPage) -> str:
    """That the past does not go on, with its figures."""
    signs = joined(told(sign) for sign in held.drift)
    if held.since is None:
        return t("The past may not go on: {signs}. The interval is wider for that.", signs=signs)
    return t(
        "The past may not go on: {signs}. The interval is wider for that; since={since} reads only what came after.",
        signs=signs,
        since=held.since,
    )


def reasons(held: HeldOutPage) -> list[str]:
    """Why this forecast, for somebody who has never heard of such models."""
    found = [
        t(
            "Nobody says goodbye: a client who has been quiet for long may have left, or may just come seldom. Each model below"
            " tells the two apart in its own way, from how often, how regularly and how recently a client came, and none is"
            " right for every shop. So they are mixed."
        ),
    ]
    if held.earlier:
        found.append(
            t(
                "How much each counts was found without the hold-out: from {n} earlier days each model forecast what then came, and"
                " the weights are those for which the mixture would have been best, drawn to equal ones as if {prior} more days had"
                " said so. The score is the CRPS, the mean distance between a client's forecast distribution and the visits made;"
                " {one} is the mean of all models, less is better.",
                n=len(held.earlier),
                prior=rounded(PRIOR_ORIGINS, 0),
                one=rounded(1.0, 2),
            )
        )
    else:
        found.append(t("The past is too short for a trial from earlier days, so that all ways to leave count the same."))
    found.append(
        t(
            "The interval holds luck, doubt about parameters and models, and how far totals from earlier days, and those of other"
            " files, missed beyond that. New clients of the market come from another model, the likeliest for their histories: what"
            " generates best need not forecast best."
        )
    )
    if held.at_bound:
        named = joined(
            t("{form}: {parameters}", form=told(form), parameters=", ".join(parameters)) for form, parameters in held.at_bound
        )
        found.append(t("At the end of their range, where the file says little of them: {named}.", named=named))
    return found


def coverage_sentence(held: HeldOutPage) -> str:
    """How many clients lie within their own intervals."""
    shares = joined(
        t(
            "{share} within those of {level}",
            share=with_unit(rounded(100 * share, 0), "%"),
            level=with_unit(rounded(100 * level, 0), "%"),
        )
        for level, share in held.coverage.items()
    )
    return t("Of the clients, {shares}; where a whole number covers more than its level, only its part counts.", shares=shares)
