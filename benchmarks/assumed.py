"""Numbers of the default market that nobody has measured, each with how far it may reasonably be from what is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOADINGS = tuple(f"pros.trait_loadings.{name}" for name in ("punctuality", "reliability", "skill", "warmth", "advocacy"))


@dataclass(frozen=True)
class Assumed:
    """A number that nobody has measured, and how far it may reasonably be from what is assumed."""

    name: str
    low: Mapping[str, Any]
    high: Mapping[str, Any]


def one(key: str, low: Any, high: Any) -> Assumed:
    """A number with a key of its own."""
    return Assumed(key, {key: low}, {key: high})


def several(name: str, keys: tuple[str, ...], low: Any, high: Any) -> Assumed:
    """Several keys that get the same value."""
    return Assumed(name, dict.fromkeys(keys, low), dict.fromkeys(keys, high))


def switch(name: str, otherwise: Mapping[str, Any]) -> Assumed:
    """A mechanism: as it is in the default market, and otherwise."""
    return Assumed(name, {}, otherwise)


ASSUMED = (
    one("clients.arrivals_per_day", 9.0, 19.0),
    one("clients.one_time_share", 0.43, 0.63),
    one("clients.rate_shape", 2.0, 4.5),
    one("clients.rate_scale_per_day", 0.0075, 0.0135),
    one("clients.gap_shape", 2.5, 6.5),
    one("clients.lapse_share", 0.0, 0.25),
    one("clients.taste_mean", 0.62, 0.81),
    one("clients.taste_size", 1.7, 5.0),
    one("clients.tolerance_mean_minutes", 1.0, 8.0),
    one("clients.flexible_share", 0.4, 0.9),
    one("clients.other_service_share", 0.02, 0.25),
    Assumed(
        "clients.yearly_shape",
        {"clients.yearly_shape": [1.0] * 12},
        {"clients.yearly_shape": [0.8, 0.9, 1, 1, 1.2, 1.2, 0.8, 0.6, 1, 1.1, 1.1, 1.3]},
    ),
    Assumed(
        "clients.channels",
        {f"clients.channels.{i}.relative_cost": 1.0 for i in range(4)},
        {"clients.channels.0.relative_cost": 1.4, "clients.channels.3.relative_cost": 0.1},
    ),
    one("clients.weekly_shape", [1.0] * 7, [1.2, 1.0, 1.0, 1.1, 1.3, 0.8, 0.6]),
    one("zones", 7, 14),
    Assumed(
        "services.client_share",
        {f"services.{i}.client_share": 0.25 for i in range(4)},
        {f"services.{i}.client_share": share for i, share in enumerate((0.55, 0.25, 0.15, 0.05))},
    ),
    Assumed(
        "services.price_eur",
        {f"services.{i}.price_eur": price for i, price in enumerate((44, 60, 36, 40))},
        {f"services.{i}.price_eur": price for i, price in enumerate((69, 94, 56, 62))},
    ),
    Assumed("services.duration_minutes", {"services.3.duration_minutes": 60}, {"services.1.duration_minutes": 90}),
    one("pros.n", 90, 160),
    one("pros.share_at_start", 0.3, 0.8),
    several("trait_loading", LOADINGS, 0.4, 0.85),
    one("pros.late_share", 0.08, 0.24),
    one("pros.late_logit_sd", 0.4, 1.1),
    one("pros.cancellation_share", 0.015, 0.06),
    one("pros.cancellation_logit_sd", 0.3, 1.1),
    one("pros.acceptance_share", 0.6, 0.88),
    one("pros.acceptance_logit_sd", 0.2, 1.1),
    one("pros.answer_minutes", 8, 45),
    one("pros.answer_log_sd", 0.2, 0.9),
    one("pros.zones_per_pro", 3, 6),
    one("pros.extra_service_share", 0.15, 0.6),
    one("pros.work_days", [2, 5], [4, 7]),
    one("pros.work_hours", [5, 9], [7, 12]),
    one("pros.start_hour", [7, 9], [9, 12]),
    one("pros.leaving.min_sessions_per_week", 0.3, 1.2),
    one("pros.leaving.smoothing_weeks", 4, 16),
    one("pros.leaving.patience_weeks_min", 4, 16),
    one("pros.leaving.patience_weeks_mean", 13, 52),
    one("requests.lead_mean_hours", 24, 120),
    one("requests.lead_max_days", 21, 90),
    one("requests.start_hour_weights", [0] * 8 + [1] * 12 + [0] * 4, [0] * 8 + [1, 2, 2, 1, 1, 1, 1, 2, 4, 8, 8, 4] + [0] * 4),
    one("requests.start_weekday_weights", None, [0.6, 0.8, 1, 1, 1.3, 1.5, 0]),
    one("requests.max_offers", 3, 8),
    one("requests.patience_hours", 6, 24),
    one("requests.offer_timeout_hours", 1, 4),
    one("requests.propose_share", 0.1, 0.5),
    one("requests.proposal_acceptance_share", 0.3, 0.7),
    one("requests.favourite_asked_share", 0.75, 0.97),
    one("requests.favourite_acceptance_logit", 1, 3),
    one("requests.redispatch_min_hours", 1, 8),
    one("requests.max_attempts", 2, 4),
    one("sessions.late_extra_mean_minutes", 8, 25),
    one("sessions.client_cancellation_share", 0.02, 0.1),
    one("sessions.no_show_share", 0.001, 0.02),
    one("sessions.quality_noise_sd", 0.5, 1.5),
    Assumed(
        "spread_between_pros",
        {"stay.skill": 0.3, "stay.warmth": 0.265, "stay.advocacy": 0.2},
        {"stay.skill": 0.63, "stay.warmth": 0.56, "stay.advocacy": 0.42},
    ),
    one("stay.late", -1.6, -0.4),
    one("stay.cancelled_by_pro", -2.3, -0.7),
    one("stay.redispatched", -1.0, 0.0),
    one("stay.unfilled", -1.8, -0.3),
    one("stay.cancelled_by_client", -0.5, 0.2),
    one("stay.no_show", -0.5, 0.2),
    one("stay.per_earlier_session", 0.0, 0.4),
    one("stay.max_earlier_sessions", 1, 6),
    one("rating.given_share", 0.2, 0.7),
    one("rating.quality", 0.0, 0.3),
    one("rating.warmth", 0.0, 0.2),
    one("rating.late", -3.5, -1.8),
    one("rating.survey_share", 0.05, 0.3),
    one("rating.survey_location", 1.2, 2.4),
    one("economics.commission_share", 0.2, 0.3),
    one("economics.variable_cost_eur", 2, 4.5),
    one("economics.refund_share", 0.1, 0.4),
    one("economics.cancelled_by_pro_cost_eur", 2, 12),
    one("economics.no_show_fee_share", 0.0, 1.0),
    one("economics.payback_bookings", 2, 4),
    switch("leakage", {"clients.leakage.share_per_session": 0.05}),
    switch("competitors", {"clients.competitors.hazard_per_idle_month": 0.05}),
    switch("adapting", {"pros.adapting.enabled": True}),
    switch("leaving", {"pros.leaving.enabled": False}),
    switch("offer_order", {"requests.offer_order": "ranked"}),
    switch("broadcast", {"requests.offer_order": "broadcast"}),
    switch("clients_choose", {"requests.mode": "list"}),
    switch("pair", {"sessions.pair_share": 0.3}),
    switch("learning", {"pros.learning.enabled": True}),
    switch("drift", {"pros.drift.enabled": True}),
    switch("tiring", {"pros.tiring.enabled": True}),
    switch("entering", {"pros.entering.enabled": True}),
    switch("selecting", {"pros.selecting.enabled": True}),
)

NOT_SCREENED = {
    "requests.list": "acts in no request that is dispatched; the screen has clients_choose with these numbers",
    "clients.lapse_gaps": "acts with lapse_share only, and is measured: fact C13",
    "acquisition": "acts with mode: reinvest only",
    "pros.adapting": "acts when adapting only; the screen has it on with these numbers",
    "pros.entering": "likewise",
    "pros.selecting": "likewise",
    "pros.learning": "likewise",
    "pros.drift": "likewise",
    "pros.tiring": "likewise",
    "pros.trait_loadings": "work habits are independent of quality: a choice; the loadings of quality are trait_loading",
    "pros.price_log_sd": "the platform sets prices: a choice of the platform, not a fact about its market",
    "clients.channels": "shares act through their cost alone, which is screened as clients.channels",
}
"""By key, or the section that holds it: assumed, and why it was not moved by itself."""
