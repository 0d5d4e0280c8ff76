"""How people decide: small pure functions of numbers, called by both engines and by the truth.

Each rule takes uniforms that the engine drew for one (client, need, attempt), traits, and ``rules``: the record of the market's
parameters made by ``parameters``. Only + - * /, ``log``, ``exp`` and ``sqrt`` appear, so that compiled code and Python agree.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.arrays import Floats, Table
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MONTH, TICKS_PER_SLOT
from sim.config import Market
from sim.draws import logistic, logit, normal_quantile, pick
from sim.jit import kernel
from sim.population import cumulative

# How a request ended. OPEN: not yet, when the run stopped.
OPEN, COMPLETED, UNFILLED, CANCELLED_BY_PRO, CANCELLED_BY_CLIENT, NO_SHOW = range(6)
OUTCOMES = ("open", "completed", "unfilled", "cancelled_by_pro", "cancelled_by_client", "no_show")

# How a pro answers an offer.
ACCEPTED, DECLINED, PROPOSED, LAPSED = range(4)
ANSWERS = ("accepted", "declined", "proposed", "lapsed")

# In which order candidates get offers.
SAMPLED, RANKED, BROADCAST = range(3)
OFFER_ORDERS = ("sampled", "ranked", "broadcast")

NEVER = -1
"""Instead of a tick: does not happen. Instead of a pro or row: none."""

PARAMETERS = np.dtype(
    [
        ("seed", np.int64),
        ("replication", np.int64),
        ("horizon_tick", np.int64),
        ("n_arrivals", np.int64),
        ("n_services", np.int64),
        ("n_stages", np.int64),
        ("offer_order", np.int64),
        ("lapse_gaps", np.float64),
        ("dropout_after_first", np.bool_),
        ("other_service_share", np.float64),
        ("lead_min_ticks", np.float64),
        ("lead_mean_ticks", np.float64),
        ("lead_max_ticks", np.float64),
        ("as_soon_as_possible", np.bool_),
        ("start_cumulative", np.float64, (SLOTS_PER_DAY,)),
        ("start_day_kept", np.float64, (7,)),
        ("max_offers", np.int64),
        ("patience_ticks", np.int64),
        ("offer_timeout_ticks", np.int64),
        ("propose_share", np.float64),
        ("proposal_acceptance_share", np.float64),
        ("favourite_asked_share", np.float64),
        ("favourite_acceptance_logit", np.float64),
        ("redispatch_min_ticks", np.int64),
        ("max_attempts", np.int64),
        ("late_from_minutes", np.float64),
        ("late_extra_mean_minutes", np.float64),
        ("client_cancellation_share", np.float64),
        ("no_show_logit", np.float64),
        ("no_show_logit_per_log_day", np.float64),
        ("quality_noise_sd", np.float64),
        ("stay_skill", np.float64),
        ("stay_warmth", np.float64),
        ("stay_advocacy", np.float64),
        ("stay_late", np.float64),
        ("stay_cancelled_by_pro", np.float64),
        ("stay_redispatched", np.float64),
        ("stay_unfilled", np.float64),
        ("stay_cancelled_by_client", np.float64),
        ("stay_no_show", np.float64),
        ("stay_per_earlier_session", np.float64),
        ("stay_max_earlier_sessions", np.int64),
        ("rating_given_share", np.float64),
        ("rating_cuts", np.float64, (4,)),
        ("rating_quality", np.float64),
        ("rating_warmth", np.float64),
        ("rating_late", np.float64),
        ("survey_share", np.float64),
        ("survey_location", np.float64),
        ("commission_share", np.float64),
        ("variable_cost_eur", np.float64),
        ("refund_from_minutes", np.float64),
        ("refund_share", np.float64),
        ("cancelled_by_pro_cost_eur", np.float64),
        ("no_show_fee_share", np.float64),
        ("leakage_share_per_session", np.float64),
        ("leakage_from_session", np.int64),
        ("competitors_hazard_per_idle_month", np.float64),
        ("choice_share", np.float64),
        ("choice_size", np.int64),
        ("choice_prior_stars", np.float64),
        ("choice_prior_ratings", np.float64),
        ("choice_stars", np.float64),
        ("choice_price", np.float64),
        ("choice_position", np.float64),
        ("choice_position_is_linear", np.bool_),
        ("choice_outside_weight", np.float64),
        ("selecting_refusal_logit", np.float64),
        ("selecting_cancellation_logit", np.float64),
        ("pair_share", np.float64),
        ("loading_skill", np.float64),
        ("loading_warmth", np.float64),
        ("loading_advocacy", np.float64),
    ],
    align=True,
)
"""Everything the rules need to know of a market and a run, in one record."""


def parameters(market: Market, seed: int, replication: int, offer_order: str | None = None) -> Table:
    """The market's parameters as a (1,) array of ``PARAMETERS``; ``offer_order`` overrides the market's."""
    table = np.zeros(1, PARAMETERS)
    row = table[0]
    row["seed"], row["replication"] = seed, replication
    row["horizon_tick"] = market.horizon_days * TICKS_PER_DAY
    row["n_services"] = len(market.services)
    row["n_stages"] = market.economics.payback_bookings + 1
    requests = market.requests
    row["offer_order"] = OFFER_ORDERS.index(offer_order or requests.offer_order)
    row["lead_min_ticks"] = requests.lead_min_hours * TICKS_PER_HOUR
    row["lead_mean_ticks"] = requests.lead_mean_hours * TICKS_PER_HOUR
    row["lead_max_ticks"] = requests.lead_max_days * TICKS_PER_DAY
    row["as_soon_as_possible"] = requests.start_hour_weights is None
    weights = requests.start_hour_weights or (1.0,) * 24
    row["start_cumulative"] = cumulative(list(np.repeat(weights, 2) / (2 * sum(weights))))
    row["start_day_kept"] = kept_shares(requests.start_weekday_weights)
    for key in ("patience", "offer_timeout", "redispatch_min"):
        row[f"{key}_ticks"] = round(getattr(requests, f"{key}_hours") * TICKS_PER_HOUR)
    row["no_show_logit"] = logit(float(market.sessions.no_show_share))
    row["rating_cuts"] = market.rating.cut_logits
    # fields of the record that have the name of a key, section by section
    sections = (market.clients, requests, market.sessions, market.economics)
    for name in PARAMETERS.names or ():
        for section in sections:
            if name in type(section).model_fields and name != "offer_order":
                row[name] = getattr(section, name)
    for name in type(market.stay).model_fields:
        row[f"stay_{name}"] = getattr(market.stay, name)
    for name in ("share_per_session", "from_session"):
        row[f"leakage_{name}"] = getattr(market.clients.leakage, name)
    row["competitors_hazard_per_idle_month"] = market.clients.competitors.hazard_per_idle_month
    listed = requests.list
    row["choice_share"] = {"dispatch": 0.0, "mixed": listed.mixed_share, "list": 1.0}[requests.mode]
    for name in ("size", "prior_stars", "prior_ratings", "stars", "price", "position"):
        row[f"choice_{name}"] = getattr(listed, name)
    row["choice_position_is_linear"] = listed.position_form == "linear"
    row["choice_outside_weight"] = 0.0 if listed.outside is None else choice_weight(float(listed.outside))
    for name in ("refusal_logit", "cancellation_logit"):
        row[f"selecting_{name}"] = getattr(market.pros.selecting, name)
    for name in ("skill", "warmth", "advocacy"):
        row[f"loading_{name}"] = market.pros.trait_loadings[name]
    for name in ("given_share", "quality", "warmth", "late"):
        row[f"rating_{name}"] = getattr(market.rating, name)
    for name in ("survey_share", "survey_location"):
        row[name] = getattr(market.rating, name)
    return table


def pro_sd(market: Market) -> float:
    """Standard deviation of what skill, warmth and advocacy add to the decision to stay, over clients and pros, on the logit scale.

    A ``pair_share`` of its square is the pair's and not the pro's own.
    """
    names = ("skill", "warmth", "advocacy")
    weights = np.array([getattr(market.stay, name) for name in names])
    loadings = np.array([market.pros.trait_loadings[name] for name in names])
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1.0)
    return math.sqrt(float(weights @ correlation @ weights))


# ---- asking


def kept_shares(weekday_weights: Sequence[float] | None) -> Floats:
    """Share (7,) of those with a weekday in mind, or sent on to it, who keep it; the others go on to the next.

    Clients have all weekdays in mind alike. On day d arrive F(d) = 1/7 + F(d-1) - v(d-1), of whom v(d), its share of the weights,
    stay: that leaves one number open, and the least one, with F = v somewhere, sends the fewest clients on. None: all keep theirs.
    """
    if weekday_weights is None:
        return np.ones(7)
    kept = np.asarray(weekday_weights, float) / sum(weekday_weights)
    sent_on = np.concatenate(([0.0], np.cumsum(1 / 7 - kept)[:-1]))
    # what arrives beyond what stays, up to a constant
    fullest = int(np.argmin(sent_on + 1 / 7 - kept))
    arriving = sent_on - (sent_on[fullest] - kept[fullest])
    shares = np.minimum(kept / np.maximum(arriving, 1e-12), 1.0)
    shares[fullest] = 1.0
    return shares


def mean_days_sent_on(weekday_weights: Sequence[float] | None) -> float:
    """Mean number of days by which the weekday's demand moves a start."""
    kept = kept_shares(weekday_weights)
    passed = np.concatenate((1.0 - kept, 1.0 - kept))
    return float(np.mean([np.cumsum(np.cumprod(passed[day : day + 7]))[-1] for day in range(7)]))


@kernel
def open_slot(slot: int, u: float, rules: Any) -> int:
    """The slot itself, or the same time on the next day that the client takes instead of one in less demand."""
    for _ in range(6):
        kept = rules["start_day_kept"][slot // SLOTS_PER_DAY % 7]
        if kept >= 1.0 or u < kept:
            break
        # what is left of the uniform decides the next day
        u = (u - kept) / (1.0 - kept)
        slot += SLOTS_PER_DAY
    return slot


@kernel
def lead_ticks(u: float, rules: Any) -> float:
    """Ticks from request to the start that the client has in mind: a minimum plus an exponential, capped."""
    return min(rules["lead_min_ticks"] - rules["lead_mean_ticks"] * math.log(u), rules["lead_max_ticks"])


@kernel
def wanted_slot(tick: int, u_lead: float, u_hour: float, u_day: float, rules: Any) -> int:
    """Half hour at which the client wants to start: the day from the lead time, the hour from the day's demand.

    An hour that would fall before the minimum lead time moves to the next day, and so may a weekday in little demand.
    """
    wanted = tick + lead_ticks(u_lead, rules)
    if rules["as_soon_as_possible"]:
        return open_slot(math.ceil(wanted / TICKS_PER_SLOT), u_day, rules)
    slot = int(wanted) // TICKS_PER_DAY * SLOTS_PER_DAY + pick(rules["start_cumulative"], u_hour)
    if slot * TICKS_PER_SLOT < tick + rules["lead_min_ticks"]:
        slot += SLOTS_PER_DAY
    return open_slot(slot, u_day, rules)


@kernel
def wanted_service(u_other: float, u_which: float, own: int, services: Any, rules: Any) -> int:
    """Service that a need after the first is for: the client's own, or with ``other_service_share`` one of the others.

    ``services`` has a ``client_share`` each, by which the others are drawn; if theirs are all 0, it is the client's own.
    """
    service = own
    if u_other < rules["other_service_share"]:
        left = u_which * (1.0 - services[own]["client_share"])
        for other in range(len(services)):
            share = services[other]["client_share"]
            if other == own or share <= 0.0:
                continue
            # the last one with a share takes what rounding leaves
            service = other
            if left < share:
                break
            left -= share
    return service


@kernel
def stage(n_completed: int, rules: Any) -> int:
    """How far the client is from payback: 0 for the first booking, 1 for the second, ..., capped at payback_bookings."""
    return min(n_completed, rules["n_stages"] - 1)


# ---- offering


@kernel
def race_time(u: float, weight: float) -> float:
    """When a candidate's clock rings in an exponential race of rate ``weight``; the first to ring is offered first.

    Sorting by it draws from Plackett-Luce with these weights. A weight of 0 never rings (inf).
    """
    return -math.log(u) / weight if weight > 0.0 else math.inf


@kernel
def answer(
    u_accept: float, u_propose: float, u_delay: float, acceptance_logit: float, answer_minutes: float, rules: Any
) -> tuple[int, int]:
    """How a pro answers an offer and after how many ticks: accepts, declines, proposes another slot, or lets it lapse."""
    delay = int(-math.log(u_delay) * answer_minutes * 60.0)
    if delay > rules["offer_timeout_ticks"]:
        return LAPSED, rules["offer_timeout_ticks"]
    if u_accept < logistic(acceptance_logit):
        return ACCEPTED, delay
    if u_propose < rules["propose_share"]:
        return PROPOSED, delay
    return DECLINED, delay


# ---- choosing from a list


@kernel
def stars_shown(n_ratings: int, sum_of_stars: int, rules: Any) -> float:
    """Stars that a list shows of a pro: the mean of the ratings so far, shrunk to ``choice_prior_stars``."""
    prior, n_prior = rules["choice_prior_stars"], rules["choice_prior_ratings"]
    n = n_prior + n_ratings
    return (n_prior * prior + sum_of_stars) / n if n > 0.0 else prior


@kernel
def listed_utility(stars: float, log_price: float, position: int, rules: Any) -> float:
    """Utility of a listed pro, on the logit scale; 0 for the prior's stars at the list price at the top (position 1).

    The log form multiplies the odds by position ** -choice_position, the usual model of examination in ranked lists.

    References
    ----------
    Joachims, Swaminathan & Schnabel (2017), Unbiased learning-to-rank with biased feedback. WSDM, section 5.
    """
    rank = position - 1.0 if rules["choice_position_is_linear"] else math.log(position)
    return (
        rules["choice_stars"] * (stars - rules["choice_prior_stars"])
        - rules["choice_price"] * log_price
        - rules["choice_position"] * rank
    )


@kernel
def choice_weight(utility: float) -> float:
    """exp(utility), by which a multinomial logit chooses in proportion; cut at 600 either way, far beyond any choice.

    References
    ----------
    McFadden (1974), Conditional logit analysis of qualitative choice behavior, equation 12. Frontiers in Econometrics.
    """
    return math.exp(min(max(utility, -600.0), 600.0))


# ---- what happens to a session


@kernel
def no_show_share(lead_days: float, rules: Any) -> float:
    """Probability that the client is not there; rises with the time between booking and start."""
    return logistic(rules["no_show_logit"] + rules["no_show_logit_per_log_day"] * math.log(1.0 + lead_days))


@kernel
def minutes_late(u: float, late_share: float, rules: Any) -> float:
    """Minutes by which the pro is late: quantile 1 - u of the pro's distribution.

    With probability ``late_share`` later than ``late_from_minutes`` by an exponential time, else uniform below it.
    """
    if u < late_share:
        return rules["late_from_minutes"] - rules["late_extra_mean_minutes"] * math.log(u / late_share)
    return rules["late_from_minutes"] * (1.0 - u) / (1.0 - late_share)


@kernel
def exceedance(minutes: float, late_share: float, rules: Any) -> float:
    """P(minutes late > ``minutes``): the inverse of ``minutes_late``."""
    limit = rules["late_from_minutes"]
    if minutes < limit:
        return 1.0 - (1.0 - late_share) * minutes / limit if minutes > 0.0 else 1.0
    return late_share * math.exp(-(minutes - limit) / rules["late_extra_mean_minutes"])


@kernel
def session_quality(u: float, skill: float, rules: Any) -> float:
    """Quality of one session: the pro's skill plus the day's luck, in standard deviations of skill."""
    return skill + rules["quality_noise_sd"] * normal_quantile(u)


# ---- what the client makes of it


@kernel
def experience_logit(quality: float, warmth: float, advocacy: float, felt_late: bool, redispatched: bool, rules: Any) -> float:
    """Shift of the decision to stay by a completed session, on the logit scale."""
    effect = rules["stay_skill"] * quality + rules["stay_warmth"] * warmth + rules["stay_advocacy"] * advocacy
    if felt_late:
        effect += rules["stay_late"]
    if redispatched:
        effect += rules["stay_redispatched"]
    return effect


@kernel
def disappointment_logit(outcome: int, rules: Any) -> float:
    """Shift of the decision to stay by a request that ended without a session, on the logit scale."""
    if outcome == UNFILLED:
        return rules["stay_unfilled"]
    if outcome == CANCELLED_BY_PRO:
        return rules["stay_cancelled_by_pro"]
    if outcome == CANCELLED_BY_CLIENT:
        return rules["stay_cancelled_by_client"]
    return rules["stay_no_show"]


@kernel
def stay_probability(taste_logit: float, effect: float, n_earlier_sessions: int, rules: Any) -> float:
    """Probability that the client stays: own taste, this experience, and habit from earlier completed sessions."""
    habit = rules["stay_per_earlier_session"] * min(n_earlier_sessions, rules["stay_max_earlier_sessions"])
    return logistic(taste_logit + effect + habit)


@kernel
def stars(u_given: float, u_level: float, quality: float, warmth: float, felt_late: bool, rules: Any) -> int:
    """Rating of a completed session, 1 to 5, by an ordered logit; 0 when none is given."""
    if u_given >= rules["rating_given_share"]:
        return 0
    shift = rules["rating_quality"] * quality + rules["rating_warmth"] * warmth
    if felt_late:
        shift += rules["rating_late"]
    for k in range(4):
        if u_level < logistic(rules["rating_cuts"][k] - shift):
            return k + 1
    return 5


@kernel
def survey_answer(u_given: float, u_level: float, quality: float, warmth: float, felt_late: bool, rules: Any) -> int:
    """Answer to "would you recommend us", 0 to 10; -1 when the survey is not answered."""
    if u_given >= rules["survey_share"]:
        return -1
    x = rules["survey_location"] + rules["rating_quality"] * quality + rules["rating_warmth"] * warmth + logit(u_level)
    if felt_late:
        x += rules["rating_late"]
    return min(int(11.0 * logistic(x)), 10)


@kernel
def session_price_eur(list_price_eur: float, log_price: float) -> float:
    """What a pro asks for a service, in EUR, whole cents where it is not the list price."""
    return list_price_eur if log_price == 0.0 else math.floor(list_price_eur * math.exp(log_price) * 100.0 + 0.5) / 100.0


@kernel
def refund_eur(outcome: int, price_eur: float, discount_eur: float, late_minutes: float, rules: Any) -> float:
    """What is paid back of a session that began too late, in EUR: a share of its price, and never more than was paid."""
    if outcome != COMPLETED or not late_minutes > rules["refund_from_minutes"]:
        return 0.0
    return min(rules["refund_share"] * price_eur, price_eur - discount_eur)


@kernel
def contribution_eur(outcome: int, price_eur: float, refunded_eur: float, discount_eur: float, rules: Any) -> float:
    """What a closed request brings the platform, before acquisition cost, in EUR."""
    if outcome == COMPLETED:
        return rules["commission_share"] * price_eur - rules["variable_cost_eur"] - refunded_eur - discount_eur
    if outcome == CANCELLED_BY_PRO:
        return -rules["cancelled_by_pro_cost_eur"]
    if outcome == NO_SHOW:
        return rules["commission_share"] * rules["no_show_fee_share"] * price_eur
    return 0.0


# ---- when the next need arises


def gap_shapes(median: float, log_sd: float) -> tuple[Floats, Floats]:
    """Regularity of gaps over clients, log-normal: Gauss-Hermite nodes (5,) and weights (5,); the median alone where sd is 0.

    References
    ----------
    Abramowitz & Stegun (1964), Handbook of mathematical functions, 25.4.46.
    """
    if log_sd == 0:
        return np.array([float(median)]), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    return median * np.exp(log_sd * nodes), weights / weights.sum()


@kernel
def gap_days(unit: float, u_lapse: float, u_length: float, traits: Any, rules: Any) -> float:
    """Days from a need to the next: a Gamma(gap_shape) ``unit`` around the client's mean, or an exponential time without rhythm."""
    if u_lapse < traits["lapse_share"]:
        return -math.log(u_length) * rules["lapse_gaps"] / traits["rate_per_day"]
    return unit / (traits["gap_shape"] * traits["rate_per_day"])


# ---- what closes the loop


@kernel
def goes_private(u: float, n_sessions_in_a_row: int, rules: Any) -> bool:
    """Whether a client who stays carries on off the platform with the pro of the last sessions in a row."""
    return n_sessions_in_a_row >= rules["leakage_from_session"] and u < rules["leakage_share_per_session"]


@kernel
def faithful_probability(idle_ticks: int, rules: Any) -> float:
    """Probability that no competitor has won the client over in so long without a request: exp(-hazard * idle months)."""
    return math.exp(-rules["competitors_hazard_per_idle_month"] * (idle_ticks / TICKS_PER_MONTH))


@kernel
def bought_share(budget_eur: float, cost_eur: float, n_reachable: int, floor_share: float) -> float:
    """Share of the clients within reach that a budget buys at this mean cost a client; within ``floor_share``..1."""
    whole = cost_eur * n_reachable
    return 1.0 if budget_eur >= whole else max(budget_eur / whole, floor_share)


@kernel
def next_effort(effort: float, visibility: float, counted: bool, incentive_strength: float, lag_weeks: float) -> float:
    """A pro's effort, 0 to 1, a week later; ``visibility`` is relative to the mean.

    It approaches ``incentive_strength`` times what is missing to the mean, 1 at most, or 0 for a pro who misses nothing.
    """
    aim = min(incentive_strength * max(1.0 - visibility, 0.0), 1.0) if counted else 0.0
    return effort + (aim - effort) / lag_weeks


@kernel
def shifted_share(share: float, shift: float) -> float:
    """A share moved on the logit scale; exactly the share for a shift of 0."""
    return share if shift == 0.0 else logistic(logit(share) + shift)


# ---- supply that answers


@kernel
def reservation_sessions(u: float, median: float, log_sd: float) -> float:
    """Work per full-time week that a pro wants before joining: log-normal around the median."""
    return median * math.exp(log_sd * normal_quantile(u))


@kernel
def similarity(distance_sd: float, bandwidth_sd: float) -> float:
    """Gaussian kernel: weight of somebody at this distance in quality, relative to one at no distance."""
    ratio = distance_sd / bandwidth_sd
    return math.exp(-0.5 * ratio * ratio)


@kernel
def bad_prospect(one_time: bool, taste_logit: float, rules: Any) -> float:
    """Probability that a new client will not come back whoever serves them, which is what a pro can sense before a session."""
    if one_time:
        return 1.0
    return 1.0 - stay_probability(taste_logit, 0.0, 0, rules) if rules["dropout_after_first"] else 0.0


# ---- quality that moves, and quality of a pair


@kernel
def learned_sd(n_sessions: int, gain_sd: float, learning_sessions: float) -> float:
    """What a pro has gained by practice, in standard deviations: gain * (1 - exp(-n / sessions)).

    Learning curves of single people are exponential; the power law is one of averages (Heathcote, Brown & Mewhort 2000,
    Psychonomic Bulletin & Review 7(2)).
    """
    return gain_sd * (1.0 - math.exp(-n_sessions / learning_sessions))


@kernel
def tired_sd(sessions_per_week: float, full_sessions_per_week: float, loss_sd: float) -> float:
    """What the load of the last weeks takes off, in standard deviations: in proportion to it, up to the full load."""
    return loss_sd * min(sessions_per_week / full_sessions_per_week, 1.0)


@kernel
def next_drift(drift: float, innovation: float, persistence: float) -> float:
    """The moving part of a trait a week later: AR(1) with standard normal innovations, whose stationary variance is 1."""
    return persistence * drift + math.sqrt(1.0 - persistence * persistence) * innovation


@kernel
def mixed(own: float, other: float, other_share: float) -> float:
    """A standard normal of which a share of the variance is another one's: sqrt(1 - share) * own + sqrt(share) * other."""
    return math.sqrt(1.0 - other_share) * own + math.sqrt(other_share) * other


@kernel
def mixed_share(share: float, median_logit: float, sd: float, other: float, other_share: float, gain: float) -> float:
    """A share of failures whose trait, good when large, is mixed with ``other`` and shifted by ``gain``; all on the trait's scale.

    The trait is minus (logit(share) - ``median_logit``) / ``sd``. A share of 0 or 1 is left as it is.
    """
    if share <= 0.0 or share >= 1.0:
        return share
    shift = -sd * (math.sqrt(other_share) * other + gain)
    if other_share > 0.0:
        shift += (1.0 - math.sqrt(1.0 - other_share)) * (median_logit - logit(share))
    return shifted_share(share, shift)


@kernel
def fit(common: float, loading: float, u_own: float) -> float:
    """How a pair gets on in one trait, standard normal; ``common`` makes it correlate with the others as the pros' traits do."""
    return loading * common + math.sqrt(max(0.0, 1.0 - loading * loading)) * normal_quantile(u_own)
