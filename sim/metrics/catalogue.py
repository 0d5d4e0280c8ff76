"""All metrics of a run, by their fixed names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sim.metrics import exposure, growth, loyalty, loyalty_value, matching, payback, retention, score_quality
from sim.metrics.cohort import SIX_MONTHS_DAYS, TWO_YEARS_DAYS, YEAR_DAYS, Cohort

Unit = Literal["share", "eur", "months", "days", "hours", "stars", "ratio", "number", "count"]


@dataclass(frozen=True)
class Metric:
    """A number computed from one run's log."""

    compute: Callable[[Cohort], float]
    label: str
    """What a product manager calls it."""
    unit: Unit
    better: Literal["higher", "lower"] | None
    """Which direction is good; None: it depends on whom you ask."""
    headline: bool = False
    """Shown in the first table."""
    window_days: float = 0.0
    """Follow-up that clients need after the warm-up."""

    @property
    def name(self) -> str:
        """The fixed name: that of the function."""
        return self.compute.__name__

    @property
    def meaning(self) -> str:
        """First line of the definition."""
        return (self.compute.__doc__ or "").strip().splitlines()[0]


METRICS = (
    Metric(retention.return_rate_6m, "New clients who book again within 6 months", "share", "higher", True, SIX_MONTHS_DAYS),
    Metric(retention.reach_3_in_12m, "New clients with 3 bookings within 12 months", "share", "higher", True, YEAR_DAYS),
    Metric(payback.payback_rate_12m, "New clients who have paid back within 12 months", "share", "higher", True, YEAR_DAYS),
    Metric(
        payback.net_contribution_per_client_24m_eur,
        "Net contribution per new client, 24 months",
        "eur",
        "higher",
        True,
        TWO_YEARS_DAYS,
    ),
    Metric(
        payback.net_contribution_per_client_12m_eur,
        "Net contribution per new client, 12 months",
        "eur",
        "higher",
        False,
        YEAR_DAYS,
    ),
    Metric(payback.contribution_per_client_12m_eur, "Contribution per new client, 12 months", "eur", "higher", False, YEAR_DAYS),
    Metric(
        payback.contribution_per_client_24m_eur, "Contribution per new client, 24 months", "eur", "higher", False, TWO_YEARS_DAYS
    ),
    Metric(
        payback.months_to_break_even, "Months to break even (restricted mean, 24 at most)", "months", "lower", True, TWO_YEARS_DAYS
    ),
    Metric(payback.repeat_share_24m, "New clients with 2 bookings within 24 months", "share", "higher", False, TWO_YEARS_DAYS),
    Metric(
        payback.further_bookings_24m, "Further bookings of those who rebook, 24 months", "number", "higher", False, TWO_YEARS_DAYS
    ),
    Metric(growth.net_contribution_per_year_eur, "Contribution of the platform per year, net of acquisition", "eur", "higher"),
    Metric(
        growth.net_contribution_per_1000_clients_eur,
        "Contribution of the platform per 1,000 new clients, net of acquisition",
        "eur",
        "higher",
    ),
    Metric(growth.net_contribution_eur, "Contribution of the platform in the whole run, net of acquisition", "eur", "higher"),
    Metric(growth.new_clients_per_month, "New clients per month, last quarter", "count", "higher"),
    Metric(growth.new_client_growth, "New clients, last quarter against first", "ratio", None),
    Metric(growth.contribution_growth, "Contribution, last quarter against first", "ratio", None),
    Metric(
        retention.return_rate_6m_first_completed,
        "Return within 6 months, given a completed first session",
        "share",
        "higher",
        False,
        SIX_MONTHS_DAYS,
    ),
    Metric(retention.repeat_majority_share, "Share of a month's clients who had booked before", "share", "higher"),
    Metric(
        retention.same_pro_return_share, "Returning clients who come back to the same pro", "share", None, False, SIX_MONTHS_DAYS
    ),
    Metric(loyalty.retention_rate, "Clients of a half year who book again in the next", "share", "higher"),
    Metric(loyalty.attrition_rate, "Clients of a half year who do not book in the next", "share", "lower"),
    Metric(loyalty.repurchase_rate_12m, "Clients with a second session within 12 months", "share", "higher", False, YEAR_DAYS),
    Metric(loyalty.upsell_ratio_12m, "Clients of several services per client of one", "ratio", "higher", False, YEAR_DAYS),
    Metric(loyalty.net_promoter_score, "Net promoter score (-100 to 100)", "number", "higher"),
    Metric(loyalty.survey_response_rate, "Surveys answered", "share", "higher"),
    Metric(loyalty.engagement_index_12m, "Engagement of a new client, 12 months (0 to 100)", "number", "higher", False, YEAR_DAYS),
    Metric(loyalty_value.sales_per_client_12m_eur, "Sales per new client, 12 months", "eur", "higher", False, YEAR_DAYS),
    Metric(loyalty_value.spend_per_booking_eur, "What a client pays for a booking", "eur", "higher"),
    Metric(
        loyalty_value.payback_clients_per_year,
        "New clients per year who pay back within 12 months",
        "count",
        "higher",
        False,
        YEAR_DAYS,
    ),
    Metric(loyalty_value.acquisition_cost_per_year_eur, "Acquisition cost per year", "eur", None),
    Metric(loyalty_value.programme_cost_per_year_eur, "Cost of loyalty programmes per year", "eur", None),
    Metric(loyalty_value.reward_cost_per_retained_client_eur, "Cost of programmes per client who stays", "eur", "lower"),
    Metric(matching.fill_rate, "Requests that a pro accepted", "share", "higher", True),
    Metric(matching.first_offer_acceptance, "First offers accepted", "share", "higher"),
    Metric(matching.hours_to_assign, "Hours from request to acceptance", "hours", "lower"),
    Metric(matching.late_share, "Sessions that began late", "share", "lower"),
    Metric(
        retention.late_first_session_relative_risk,
        "Return after a late first session, relative to on time",
        "ratio",
        None,
        False,
        SIX_MONTHS_DAYS,
    ),
    Metric(
        retention.one_star_relative_risk,
        "Return after a one-star first session, relative to five stars",
        "ratio",
        None,
        False,
        SIX_MONTHS_DAYS,
    ),
    Metric(matching.mean_rating, "Mean rating", "stars", "higher"),
    Metric(exposure.exposure_gini, "Inequality of exposure between pros (Gini)", "number", "lower", True),
    Metric(
        exposure.exposure_gini_without_favourites,
        "Inequality of exposure, bookings of favourites left out (Gini)",
        "number",
        "lower",
    ),
    Metric(exposure.earnings_gini, "Inequality of earnings between pros (Gini)", "number", "lower"),
    Metric(exposure.new_pro_days_to_30_sessions, "Days until a new pro has 30 sessions", "days", "lower", True),
    Metric(exposure.new_pro_30_sessions_share_12m, "New pros with 30 sessions within 12 months", "share", "higher"),
    Metric(score_quality.score_signal_share, "Share of the score that is signal", "share", "higher"),
    Metric(score_quality.score_rank_correlation, "Rank correlation of score and truth", "number", "higher"),
    Metric(score_quality.false_demotion_share, "Good pros shown less than the average pro", "share", "lower"),
    Metric(score_quality.days_until_counted, "Days until a new pro's score counts", "days", "lower"),
    Metric(score_quality.threshold_delay_share, "New pros whose score waited for sessions, not for maturity", "share", None),
    Metric(score_quality.true_propensity_sd, "Spread of true return propensity between pros", "share", None),
)
"""Every metric computed from one run. ``share_of_oracle_gain`` is computed across arms."""

SHARE_OF_ORACLE_GAIN = "share_of_oracle_gain"
RETURN_RATE = "return_rate_6m"
"""The published figure: what the score is about, what studies explain, and a guardrail of a comparison."""
VALUES = ("net_contribution_per_client_24m_eur", "net_contribution_per_client_12m_eur")
"""What a new client is worth, the longest window first: what policies are judged by unless the configuration says otherwise."""


def metric(name: str) -> Metric:
    """The metric of that name.

    Raises
    ------
    KeyError
        There is none.
    """
    for known in METRICS:
        if known.name == name:
            return known
    raise KeyError(name)


def measure(cohort: Cohort) -> dict[str, float]:
    """All metrics of one run, by name; nan where undefined."""
    return {known.name: float(known.compute(cohort)) for known in METRICS}
