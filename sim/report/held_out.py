"""A forecast of known clients beside what they did, in words: how far off, within its interval or not, and why this forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.calibration.forecast import Accuracy
from sim.forecasting.ensemble import MOST_AT_ORIGIN
from sim.forecasting.stacking import PRIOR_ORIGINS
from sim.said import Said
from sim.words.language import enumerated, joined, t, tn, told
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


def share_of(share: float) -> str:
    """A share of a whole: ``63 %``."""
    return with_unit(rounded(100 * share, 0), "%")


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
            "The {n} clients known before {day} were forecast to make {forecast} visits in the {days} days from then on, 95 %"
            " interval [{low}, {high}]; they made {true}: inside.",
            **words,
        )
    return t(
        "The {n} clients known before {day} were forecast to make {forecast} visits in the {days} days from then on, 95 %"
        " interval [{low}, {high}]; they made {true}: outside.",
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
            "Client by client the forecast is off by {error} visits on average; others are off by {others}.",
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
            " tells the two apart in its own way, from how often, how regularly and how recently a client came. None is right for"
            " every shop."
        ),
        _weighing(held),
        t(
            "The interval allows for luck, for what is not known of the models and their parameters, and for how far totals missed"
            " beyond that, from earlier days and in other files."
        ),
        t(
            "The market's new clients come from yet another model, the likeliest for whole histories: the model that tells best how"
            " clients are need not forecast best what those at hand will do."
        ),
    ]
    if held.at_bound:
        named = joined(
            t("{form}: {parameters}", form=told(form), parameters=", ".join(parameters)) for form, parameters in held.at_bound
        )
        found.append(t("At an end of their range, since the file tells little about them: {named}.", named=named))
    return found


def _weighing(held: HeldOutPage) -> str:
    if len(held.members) == 1:
        return t("Only one was asked for, so nothing is mixed.")
    if not held.earlier:
        return t("So they are mixed. The past is too short for a trial from earlier days, and all ways to leave count the same.")
    return tn(
        "So they are mixed, and how much each counts was found without looking at the hold-out: from {n} earlier day each model"
        " forecast what then came. The weights are those with which the mixture would have been closest, kept near equal ones,"
        " since few days prove little: as if on {prior} more days all had been as good.",
        "So they are mixed, and how much each counts was found without looking at the hold-out: from {n} earlier days each model"
        " forecast what then came. The weights are those with which the mixture would have been closest, kept near equal ones,"
        " since few days prove little: as if on {prior} more days all had been as good.",
        len(held.earlier),
        prior=rounded(PRIOR_ORIGINS, 0),
    )


def earlier_sentence() -> str:
    """What the table of earlier days shows."""
    return t(
        "What the mixture, as it is weighed now, would have forecast on those earlier days for the clients known then (of more than"
        " {n} clients, for every second, third and so on):",
        n=whole(MOST_AT_ORIGIN),
    )


def coverage_sentence(held: HeldOutPage) -> str:
    """How many clients lie within their own intervals."""
    shares = joined(
        t("those of {level} hold {share}", level=share_of(level), share=share_of(inside)) for level, inside in held.coverage.items()
    )
    return t(
        "Each client has intervals, too: {shares} of the clients. Visits are whole numbers, so a client at an interval's edge"
        " counts in part.",
        shares=shares,
    )
