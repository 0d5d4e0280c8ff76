"""What each column of an export means."""

from collections.abc import Mapping

from sim.metrics.catalogue import METRICS

WHERE: Mapping[str, str] = {
    "arm": "name of the arm: the policy under which it was simulated",
    "replication": "number of the run, from 0; the same number has the same clients and luck in every arm",
    "point": "number of the point of the design, from 0",
    "part": "name of the part of the study",
    "at": "values of the factors, as text",
}
"""Columns that name the run of a row."""
INTERVAL: Mapping[str, str] = {
    "control": "the arm it is compared with",
    "metric": "name of the metric, a column of runs",
    "low": "lower end of the interval, 95 % for all rows together",
    "high": "upper end of the interval, 95 % for all rows together",
    "p_value": "of no difference, for all rows together",
    "n": "pairs of runs, or cases, that it rests on",
    "verdict": "better, worse, not distinguishable or practically equal",
    "estimate": "the effect in the metric's own unit",
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "runs": {
        **WHERE,
        "seed": "of the random numbers",
        "market": "name of the market",
        "run": "name of the run in the store",
    },
    "bookings": {
        **WHERE,
        "booking": "number of the request within the run, in order of time",
        "client": "number of the client within the run: the same number is the same person in every arm",
        "need": "number of the client's need, from 0",
        "need_days": "when the client needed it, in days from the start of the run, a Monday",
        "request_days": "when it was asked for, in days",
        "assigned_days": "when a pro accepted, in days; null: none did",
        "closed_days": "when it was over, in days; null: not before the run ended",
        "start_days": "start of the visit, in days",
        "duration_hours": "length of the visit",
        "zone": "number of the zone, from 0",
        "service": "name of the service",
        "stage": "completed visits of the client before, at most one less than those until payback",
        "favourite": "number of the pro whom the client asked for; null: none",
        "favourite_booked": "whether that pro accepted",
        "cancellations_by_pros": "how many pros had accepted and cancelled before",
        "offers": "pros who were asked",
        "first_answer": "of the first pro who was asked; null: nobody was",
        "pro": "number of the pro who accepted; null: none did",
        "propensity": "probability with which the policy drew this pro among those left; null: none accepted, or the client chose",
        "outcome": "what became of it",
        "minutes_late": "of the pro at a completed visit; null: there was none",
        "rating": "stars, 1 to 5; null: none given",
        "survey": "answer to how likely it is to recommend, 0 to 10; null: none given",
        "stays": "whether the client goes on after it",
        "price_eur": "price before discounts: the pro's, or the list price while there is none",
        "discount_eur": "what programmes took off the price",
        "refund_eur": "what was paid back for lateness",
        "contribution_eur": "what is left of it for the platform, discount and refund taken off",
        "tier": "status of the client at a completed visit, 0: none; null: the arm has no tiers",
        "list_length": "pros on the list that the client chose from; null: nobody chooses in this market",
        "list_position": "place on it of the pro who accepted, from 1; 0: the client went without; null: neither",
        "choice_probability": "probability of that choice among those left on the list and leaving; null: none made",
    },
    "effects": {
        **WHERE,
        **INTERVAL,
        "difference": "mean of the arm minus that of the control, in the metric's own unit",
        "boot_low": "lower end of a bootstrap interval; null with fewer than 30 replications",
        "boot_high": "upper end of a bootstrap interval; null with fewer than 30 replications",
        "correlation": "of the arm with the control over replications",
        "variance_ratio": "variance of the difference, over that with random numbers of their own",
        "effect": "main or interaction",
        "factor_a": "the factor",
        "level_a": "its value",
        "factor_b": "the other factor of an interaction",
        "level_b": "its value",
    },
    "columns": {
        "table": "name of the table",
        "column": "name of the column",
        "meaning": "what it holds",
    },
    "findings": {
        "key": "of the market's configuration",
        "value": "as JSON",
        "source": "where the number comes from",
    },
    "realism": {
        "name": "of the figure",
        "real": "in the file",
        "simulated": "in runs of the fitted market",
        "distance": "between them",
        "luck": "distance that chance alone explains",
        "n_real": "cases in the file",
        "verdict": "whether they are alike",
    },
    "value": {
        "channel": "of new clients; empty: all of them",
        "months": "after the first visit",
        "estimate": "what a new client pays, in EUR",
        "low": "lower end of its 95 % interval",
        "high": "upper end of its 95 % interval",
        "n": "new clients",
        "paid_share": "share that was paid within the file, 0 to 1",
        "visit_eur": "mean price of a visit",
    },
}
"""By table and column; of ``runs`` metrics have the definition of the catalogue, and factors their key."""
BOOKINGS = tuple(name for name in TABLES["bookings"] if name not in WHERE)
"""Columns of a run's own table."""
_METRICS = {metric.name: f"{metric.meaning} Unit: {metric.unit}" for metric in METRICS}


def meaning_of(table: str, column: str) -> str:
    """What a column holds.

    Examples
    --------
    >>> meaning_of("bookings", "minutes_late")
    'of the pro at a completed visit; null: there was none'
    >>> meaning_of("runs", "arm.score.min_sessions")
    'value of the factor arm.score.min_sessions'
    """
    told = TABLES.get(table, {}).get(column) or _METRICS.get(column)
    return told if told is not None else f"value of the factor {column}"
