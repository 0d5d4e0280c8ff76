"""Typed, validated configuration of a market: every key, its unit and its range.

Numbers live in ``configs/`` with their source; this module only says what is allowed. Models are frozen and refuse unknown
keys, so a misspelt override is an error instead of a silent default. ``load`` turns a plain mapping into a ``Market`` and
reports every problem as key, value and rule.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError, model_validator

SLOT_MINUTES = 30
TRAITS = ("punctuality", "reliability", "skill", "warmth", "advocacy", "acceptance", "responsiveness")
OfferOrder = Literal["sampled", "ranked", "broadcast"]
MONTH_DAYS = 365.25 / 12

Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A whole number is fine too; text and booleans are not, wherever they stand."""
Share = Annotated[Real, Field(ge=0, le=1)]
OpenShare = Annotated[Real, Field(gt=0, lt=1)]
Positive = Annotated[Real, Field(gt=0)]
NonNegative = Annotated[Real, Field(ge=0)]
Count = Annotated[StrictInt, Field(ge=0)]
PositiveCount = Annotated[StrictInt, Field(ge=1)]
Name = Annotated[str, Field(min_length=1, max_length=60)]


Model = TypeVar("Model", bound="Section")


class ConfigError(ValueError):
    """A configuration that cannot be simulated; the message names the key, the value and the rule."""


class Section(BaseModel):
    """Base of all sections: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _shares_sum_to_one(path: str, shares: Sequence[float]) -> None:
    total = sum(shares)
    if abs(total - 1) > 1e-9:
        raise ValueError(f"{path} sum to {total:g}, must sum to 1")


def _distinct(path: str, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise ValueError(f"{path} = {list(names)}, must be distinct")


class Service(Section):
    """A kind of work: how many clients want it, how long it takes, what it costs."""

    name: Name
    client_share: Share
    duration_minutes: Annotated[StrictInt, Field(ge=SLOT_MINUTES, le=24 * 60, multiple_of=SLOT_MINUTES)]
    price_eur: Positive


class Channel(Section):
    """A way clients are acquired: its share of arrivals and its cost relative to the other channels."""

    name: Name
    share: Share
    relative_cost: NonNegative


class Leakage(Section):
    """Clients who carry on with their pro off the platform."""

    share_per_session: Share
    """Probability to do so after a completed session that made the client stay; 0 is off."""
    from_session: PositiveCount
    """From which completed session in a row with the same pro on. Only 1 shows in a score of who books a second time."""


class Competitors(Section):
    """What draws idle clients elsewhere."""

    hazard_per_idle_month: NonNegative
    """Rate at which an idle client is won over: after m idle months exp(-rate * m) are left; 0 is off."""


class Clients(Section):
    """Who asks: arrivals, how often needs arise, how inclined a client is to stay."""

    arrivals_per_day: Annotated[Real, Field(gt=0, le=1_000_000)]
    """Mean number of new clients; with acquisition out of contribution, the most that marketing can reach."""
    weekly_shape: Annotated[tuple[NonNegative, ...], Field(min_length=7, max_length=7)]
    """Relative arrivals from Monday to Sunday."""
    yearly_shape: Annotated[tuple[NonNegative, ...], Field(min_length=12, max_length=12)]
    """Relative arrivals in the twelve equal parts of a year that begins on day 0."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    one_time_share: Share
    """Share of clients who never have a second need."""
    rate_shape: Positive
    """Shape of the Gamma distribution of need rates over returning clients."""
    rate_scale_per_day: Positive
    """Scale of that distribution; the mean rate is shape times scale."""
    gap_shape: Positive
    """Shape k of the Gamma-distributed gap between needs; 1 is Poisson, larger is more regular. The median client's."""
    gap_shape_log_sd: Annotated[Real, Field(ge=0, le=1.5)]
    """Standard deviation of the logarithm of k between clients, in whom it is log-normal; 0: the same k for all."""
    lapse_share: Annotated[Real, Field(ge=0, lt=1)]
    """Share of gaps that follow no rhythm, such as a time away: exponential instead of regular; 0 is off."""
    lapse_gaps: Positive
    """Mean of such a gap, in mean gaps of the client."""
    taste_mean: Annotated[Real, Field(gt=0, le=1)]
    """Mean of the Beta-distributed own probability to stay; 1 means that only experience makes a client leave, which at
    infinite logit is never."""
    taste_size: Positive
    """Sum of the two Beta parameters; the smaller, the more clients differ."""
    dropout_after_first: StrictBool
    """Whether the first request can already end the relation."""
    tolerance_min_minutes: NonNegative
    tolerance_mean_minutes: NonNegative
    """A client feels lateness beyond the minimum plus an exponential number of minutes with this mean."""
    flexible_share: Share
    """Share of clients who accept another slot within a day."""
    other_service_share: Share
    """Probability, at each need after the first, of asking for another service than the client's own: one of the others, in
    proportion to their client_share. Nothing happens where there is no other."""
    leakage: Leakage
    competitors: Competitors

    @model_validator(mode="after")
    def _check(self) -> Self:
        _shares_sum_to_one("channels shares", [channel.share for channel in self.channels])
        _distinct("channels names", [channel.name for channel in self.channels])
        for key in ("weekly_shape", "yearly_shape"):
            if not sum(getattr(self, key)) > 0:
                raise ValueError(f"{key} = {list(getattr(self, key))}, must hold a positive number")
        if not any(channel.share * channel.relative_cost > 0 for channel in self.channels):
            raise ValueError("channels: at least one channel in use must have relative_cost > 0")
        return self


class Leaving(Section):
    """When a pro gives up for lack of work."""

    enabled: StrictBool
    min_sessions_per_week: NonNegative
    """A week is scarce when the smoothed number of completed sessions is below this."""
    smoothing_weeks: Annotated[Real, Field(ge=1)]
    """Time constant of the exponential smoothing."""
    patience_weeks_min: NonNegative
    patience_weeks_mean: NonNegative
    """A pro leaves after the minimum plus an exponential number of scarce weeks in a row with this mean."""


class Adapting(Section):
    """Pros who make an effort when their score costs them visibility."""

    enabled: StrictBool
    incentive_strength: NonNegative
    """Effort aimed at, from 0 to 1, per unit by which a counted pro's visibility falls short of the mean of the active pros."""
    lag_weeks: Annotated[Real, Field(ge=1)]
    """Time constant at which effort approaches its aim, up and down."""
    full_effort_sd: NonNegative
    """What full effort adds to punctuality, reliability, warmth and advocacy, in standard deviations between pros."""


class Entering(Section):
    """Later pros who look at what the platform would give them, and join only if it is enough."""

    enabled: StrictBool
    reservation_sessions_per_week: Positive
    """Work that the median later pro wants before joining, in requests accepted per week of 40 hours."""
    reservation_log_sd: NonNegative
    """Spread of it between pros, on the log scale."""
    established_share: Share
    """Weight of what established pros of similar quality get; the rest is that of what a newcomer gets on the first day."""
    similarity_sd: Positive
    """How close in quality established pros are that a pro compares with: the standard deviation of a Gaussian kernel, in standard
    deviations of true return propensity between pros."""


class Selecting(Section):
    """Pros who keep their score by leaving out new clients who are unlikely to come back."""

    enabled: StrictBool
    incentive_strength: NonNegative
    """Reluctance aimed at, from 0 to 1, per unit by which a counted pro's visibility falls short of the mean of the active pros."""
    lag_weeks: Annotated[Real, Field(ge=1)]
    """Time constant at which reluctance approaches its aim, up and down."""
    refusal_logit: NonNegative
    """What full reluctance takes off a pro's acceptance of a new client who will not come back, on the logit scale; for others, in
    proportion to how unlikely they are to."""
    cancellation_logit: NonNegative
    """What it adds to the pro's cancellation share for a session of such a client, on the logit scale."""


class Learning(Section):
    """Pros who get better at their work the more of it they have done."""

    enabled: StrictBool
    gain_sd: NonNegative
    """What very many sessions add to skill and punctuality, in standard deviations between pros."""
    sessions: Positive
    """Completed sessions after which 63 % of it (1 - 1 / e) is gained."""


class Drift(Section):
    """Pros whose quality wanders, for reasons of their own; they differ as much as without it at any instant."""

    enabled: StrictBool
    share: Share
    """Share of the variance between pros in their five traits of quality that moves; the rest is theirs for good."""
    half_life_weeks: Positive
    """Weeks after which half of what moved is left."""


class Tiring(Section):
    """Pros whose quality falls with the work of the last weeks."""

    enabled: StrictBool
    loss_sd: NonNegative
    """What a full load takes off punctuality, skill and warmth, in standard deviations between pros; a smaller
    load takes off less in proportion."""
    full_sessions_per_week: Positive
    """Completed sessions a week that are a full load in a week of 40 hours; a larger load tires no more."""
    lag_weeks: Annotated[Real, Field(ge=1)]
    """Time constant at which the load felt approaches that of the week."""


class Pros(Section):
    """Who works: how many, how good, where, when. Each share is the one of the median pro."""

    n: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    share_at_start: Share
    """Share of pros present on day 0; the others join uniformly over the horizon."""
    trait_loadings: dict[str, Annotated[Real, Field(ge=-1, le=1)]]
    """Loading of each trait on the common factor of the Gaussian copula: two traits correlate by the product of theirs."""
    late_share: OpenShare
    late_logit_sd: NonNegative
    cancellation_share: Annotated[Real, Field(ge=0, lt=1)]
    cancellation_logit_sd: NonNegative
    acceptance_share: Annotated[Real, Field(gt=0, le=1)]
    acceptance_logit_sd: NonNegative
    answer_minutes: NonNegative
    answer_log_sd: NonNegative
    """Mean time to answer an offer: of the median pro, and its spread on the log scale."""
    zones_per_pro: PositiveCount
    extra_service_share: Share
    """Probability that a pro offers a service other than the main one, each independently."""
    open_all_hours: StrictBool
    """All pros work around the clock (for tests against closed forms)."""
    work_days: Annotated[tuple[StrictInt, StrictInt], Field()]
    work_hours: Annotated[tuple[StrictInt, StrictInt], Field()]
    start_hour: Annotated[tuple[StrictInt, StrictInt], Field()]
    """Smallest and largest number of days a week, hours a day, first hour of the day; uniform between."""
    leaving: Leaving
    adapting: Adapting
    price_log_sd: Annotated[Real, Field(ge=0, le=2)]
    """Spread of the pros' own prices around the service's list price, on the log scale; the median pro asks that price, and 0:
    everybody does."""
    entering: Entering
    selecting: Selecting
    learning: Learning
    drift: Drift
    tiring: Tiring

    @model_validator(mode="after")
    def _check(self) -> Self:
        if set(self.trait_loadings) != set(TRAITS):
            raise ValueError(f"trait_loadings = {sorted(self.trait_loadings)}, must name exactly {sorted(TRAITS)}")
        for key, lowest, highest in (("work_days", 1, 7), ("work_hours", 1, 24), ("start_hour", 0, 23)):
            low, high = getattr(self, key)
            if not lowest <= low <= high <= highest:
                raise ValueError(f"{key} = {[low, high]}, must be two increasing numbers within {lowest}..{highest}")
        if self.start_hour[1] + self.work_hours[0] > 24:
            raise ValueError(f"start_hour = {list(self.start_hour)}, the shortest day must end by hour 24")
        return self


class ChoiceList(Section):
    """What a client who chooses from a list sees, and how: by multinomial logit, with utilities on the logit scale.

    The zero of utility is a pro at the service's list price who shows ``prior_stars``, at the top of the list.
    """

    mixed_share: Share
    """Share of the clients who choose from a list when ``requests.mode`` is mixed; the others are dispatched."""
    size: Annotated[StrictInt, Field(ge=1, le=1_000)]
    """Most pros on a list."""
    prior_stars: Annotated[Real, Field(ge=1, le=5)]
    prior_ratings: NonNegative
    """Stars shown are the mean of a pro's ratings so far and of this many more of ``prior_stars``; with 0 the plain mean, and
    ``prior_stars`` for a pro without ratings."""
    stars: NonNegative
    """Utility gained per star."""
    price: NonNegative
    """Utility lost per unit of the log of a pro's price over the service's list price."""
    position: NonNegative
    """Utility lost per unit of the log of the position, or per position, from the top."""
    position_form: Literal["log", "linear"]
    outside: Real | None
    """Utility of leaving without asking any of those listed; null: nobody leaves."""


class Requests(Section):
    """How a booking is asked for and offered."""

    lead_min_hours: NonNegative
    lead_mean_hours: NonNegative
    """Time from request to start: the minimum plus an exponential number of hours with this mean."""
    lead_max_days: Annotated[Real, Field(gt=0, le=365)]
    start_hour_weights: Annotated[tuple[NonNegative, ...], Field(min_length=24, max_length=24)] | None
    """Relative demand by hour of the start; null: the first half hour that the lead time allows."""
    start_weekday_weights: Annotated[tuple[NonNegative, ...], Field(min_length=7, max_length=7)] | None
    """Relative demand from Monday to Sunday of the start: a day in less demand than clients have it in mind sends some of them
    on to the next, and nobody works on a day of weight 0. null: any day is as good as the one that the lead time gives."""
    offer_order: OfferOrder
    max_offers: PositiveCount
    patience_hours: Positive
    """The client gives up when answers took longer than this."""
    offer_timeout_hours: Positive
    """An offer without an answer lapses after this."""
    propose_share: Share
    """Share of refusals that come with another slot."""
    proposal_acceptance_share: Share
    """Probability that a flexible client takes the proposed slot."""
    favourite_asked_share: Share
    """Probability that a client with a favourite pro asks for that pro."""
    favourite_acceptance_logit: Real
    """Added to a pro's acceptance, on the logit scale, for a client who asks for this pro."""
    redispatch_min_hours: NonNegative
    """A session cancelled by its pro is offered to others when it starts at least this much later."""
    max_attempts: Annotated[StrictInt, Field(ge=1, le=100)]
    """Most pros a request can be assigned to in turn."""
    mode: Literal["dispatch", "list", "mixed"]
    """Who picks the pro, once the favourite has been asked. ``dispatch``: the platform. ``list``: the client, from a list in order
    of visibility. ``mixed``: some clients choose, always the same ones."""
    list: ChoiceList

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("start_hour_weights", "start_weekday_weights"):
            weights = getattr(self, key)
            if weights is not None and not sum(weights) > 0:
                raise ValueError(f"{key} = {list(weights)}, must hold a positive number")
        if self.lead_min_hours > 24 * self.lead_max_days:
            raise ValueError(f"lead_min_hours = {self.lead_min_hours:g}, must be <= 24 * lead_max_days")
        if self.mode == "list" and self.offer_order == "broadcast":
            raise ValueError("offer_order = broadcast, must be sampled or ranked with mode = list: a client asks one pro at a time")
        return self


class Sessions(Section):
    """What can happen between assignment and the end of a session."""

    late_from_minutes: NonNegative
    """A session counts as late from this many minutes on."""
    late_extra_mean_minutes: Positive
    """Mean of the exponential minutes beyond that, given a late session."""
    client_cancellation_share: Share
    no_show_share: Annotated[Real, Field(ge=0, lt=1)]
    """Probability that the client is not there, for a booking made on the same day."""
    no_show_logit_per_log_day: Real
    """Rise of its logit with log(1 + lead days)."""
    quality_noise_sd: NonNegative
    """Session-to-session spread of quality, in standard deviations of pros' skill."""
    pair_share: Share
    """Share of the variance between pros in skill, warmth and advocacy that is not the pro's own, but how this client and this pro
    get on with each other, for good. What clients feel of pros varies as much whatever the share."""


class StayEffects(Section):
    """Shifts of the decision to stay on the logit scale."""

    skill: Real
    warmth: Real
    advocacy: Real
    late: Real
    cancelled_by_pro: Real
    redispatched: Real
    unfilled: Real
    cancelled_by_client: Real
    no_show: Real
    per_earlier_session: Real
    max_earlier_sessions: Count


class Rating(Section):
    """Stars, by an ordered logit of the experience, and the answer to a 0-10 survey."""

    given_share: Share
    cut_logits: Annotated[tuple[Real, Real, Real, Real], Field()]
    """Log odds of at most 1, 2, 3, 4 stars after an average session that is not late."""
    quality: Real
    warmth: Real
    late: Real
    survey_share: Share
    survey_location: Real
    """Log odds of the median survey answer on the 0-10 scale after an average session."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if list(self.cut_logits) != sorted(self.cut_logits):
            raise ValueError(f"cut_logits = {list(self.cut_logits)}, must increase")
        return self


class Acquisition(Section):
    """How many of the clients within reach marketing brings."""

    mode: Literal["fixed", "reinvest"]
    """``fixed``: all. ``reinvest``: as many as a share of the platform's own contribution pays for, decided month by month."""
    launch_months: PositiveCount
    """Months paid for from outside, until there is a contribution to reinvest."""
    launch_share: Share
    """Share of the clients within reach that is bought in those months."""
    reinvested_share: Share
    """Share of the contribution, averaged over the trailing months, that is the next month's budget."""
    trailing_months: PositiveCount
    floor_share: Annotated[Real, Field(gt=0, le=1)]
    """Smallest share of the clients within reach, whatever the budget: without any, growth could never start again."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mode == "reinvest" and self.launch_share < self.floor_share:
            raise ValueError(f"launch_share = {self.launch_share:g}, must be >= floor_share = {self.floor_share:g}")
        return self


class Economics(Section):
    """Money: what a booking brings and what a client costs."""

    commission_share: OpenShare
    variable_cost_eur: NonNegative
    """Cost of a completed booking: payment, insurance, support."""
    refund_from_minutes: NonNegative
    refund_share: Share
    """Share of the price paid back when the pro was later than this."""
    cancelled_by_pro_cost_eur: NonNegative
    no_show_fee_share: Share
    """Share of the price charged to a client who was not there."""
    payback_bookings: Annotated[StrictInt, Field(ge=1, le=50)]
    """K: completed bookings whose contribution equals the mean acquisition cost of a client."""


class Market(Section):
    """A whole market; one yaml in ``configs/market/``."""

    name: Name
    horizon_days: Annotated[StrictInt, Field(ge=1, le=20_000)]
    warmup_days: Count
    zones: Annotated[StrictInt, Field(ge=1, le=10_000)]
    services: Annotated[tuple[Service, ...], Field(min_length=1)]
    refresh_weekday: Annotated[StrictInt, Field(ge=0, le=6)]
    """Day of the weekly refresh of scores and visibility; 0 is Monday."""
    log_offers: StrictBool
    """Keep a table with one row an offer."""
    log_choices: StrictBool
    """Keep a table with one row a candidate of each choice that the platform makes."""
    clients: Clients
    pros: Pros
    requests: Requests
    sessions: Sessions
    stay: StayEffects
    rating: Rating
    economics: Economics
    acquisition: Acquisition

    @model_validator(mode="after")
    def _check(self) -> Self:
        _shares_sum_to_one("services client shares", [service.client_share for service in self.services])
        _distinct("services names", [service.name for service in self.services])
        if self.warmup_days >= self.horizon_days:
            raise ValueError(f"warmup_days = {self.warmup_days}, must be < horizon_days = {self.horizon_days}")
        if self.pros.zones_per_pro > self.zones:
            raise ValueError(f"pros.zones_per_pro = {self.pros.zones_per_pro}, must be <= zones = {self.zones}")
        if self.log_choices and self.requests.mode == "list":
            raise ValueError("log_choices = True, must be false with requests.mode = list: the platform chooses nobody")
        launch = self.acquisition.launch_months
        if self.acquisition.mode == "reinvest" and launch * MONTH_DAYS >= self.horizon_days:
            raise ValueError(
                f"acquisition.launch_months = {launch}, must end before horizon_days = {self.horizon_days}:"
                " nothing would ever be reinvested"
            )
        for service in self.services:
            if self.list_contribution_eur(service) <= 0:
                raise ValueError(
                    f"services.{service.name}.price_eur = {service.price_eur:g}, its commission must exceed variable_cost_eur"
                )
        return self

    def list_contribution_eur(self, service: Service) -> float:
        """Contribution of a completed session without refund, in EUR."""
        return service.price_eur * self.economics.commission_share - self.economics.variable_cost_eur


def located(path: str, rule: str) -> str:
    """A rule that begins with its key, such as ``floor = 2, must be ...``, with the path before that key."""
    if not path:
        return rule
    return f"{path}.{rule}" if re.match(r"[A-Za-z_][\w.]* = ", rule) else f"{path}: {rule}"


def explain(error: ValidationError, prefix: str) -> str:
    """All problems of a validation, one a line: key, value, rule."""
    problems = error.errors(include_url=False)
    # pydantic also calls a list too short once one of its items is wrong
    inside = {problem["loc"][:-i] for problem in problems for i in range(1, len(problem["loc"]))}
    lines = []
    for problem in problems:
        if problem["type"] == "too_short" and problem["loc"] in inside:
            continue
        key = ".".join([prefix, *(str(part) for part in problem["loc"])]).strip(".")
        rule = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            lines.append(f"{key} = {problem['input']!r}, unknown key")
        elif problem["type"] == "missing":
            lines.append(f"{key} is missing")
        elif problem["type"] == "value_error":
            lines.append(located(key, rule))
        else:
            lines.append(f"{key} = {problem['input']!r}, {rule[0].lower()}{rule[1:]}")
    return "\n".join(lines)


def load(model: type[Model], values: Mapping[str, Any], prefix: str = "") -> Model:
    """Validate a plain mapping.

    Raises
    ------
    ConfigError
        Unknown key, missing key, wrong type, out of range, or two keys that contradict each other.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(explain(error, prefix)) from None
