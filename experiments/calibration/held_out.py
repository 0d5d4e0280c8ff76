"""A finished hold-out as tables, as ``holdout.json``, and as what its page and chart say."""

from typing import Any

import numpy as np

from experiments.calibration.fit import HoldOut
from sim.arrays import Floats
from sim.bookings.rows import date_of
from sim.calibration.forecast import Accuracy, accuracy
from sim.report.calibration import HeldOut
from sim.report.held_out import EarlierDay, HeldOutPage
from sim.said import Said, say

WEEKLY = (
    *("week", "truth", "forecast", "low", "high", "inside"),
    *("truth_so_far", "forecast_so_far", "low_so_far", "high_so_far", "inside_so_far"),
)
ORIGINS = ("from_day", "until_day", "model", "weight", "forecast", "truth", "crps", "mae", "rmse", "bias", "coverage_80")
FORECASTS = ("total_error", "mean_absolute_error", "root_mean_square_error", "correlation")
OWN = say("mixture of models")
OTHERS: dict[str, Said | str] = {"bg_nbd": "BG/NBD", "pareto_nbd": "Pareto/NBD", "past_rate": say("past rate goes on")}


def lines(held: HoldOut) -> list[tuple[Said | str, Accuracy]]:
    """How far off each forecast was, the own first."""
    others = [(OTHERS[name], accuracy(values[-1], held.true)) for name, values in held.others.items()]
    return [(OWN, accuracy(held.forecast.by_client, held.true)), *others]


def accuracy_rows(held: HoldOut) -> list[tuple[Any, ...]]:
    """Each forecast of the hold-out, and how far off it was: its name and ``FORECASTS``."""
    return [(str(name), *(getattr(line, key) for key in FORECASTS)) for name, line in lines(held)]


def weekly_rows(held: HoldOut) -> list[tuple[Any, ...]]:
    """Rows of ``WEEKLY``: visits in each week, the last of which may be a part of one, and by its end, with 95 % intervals."""
    found = held.forecast
    in_week = _columns(held.weekly, found.weekly, *found.interval(cumulative=False))
    so_far = _columns(np.cumsum(held.weekly), np.cumsum(found.weekly), *found.interval())
    return [(week + 1, *in_week[week], *so_far[week]) for week in range(len(held.weekly))]


def _columns(true: Floats, forecast: Floats, low: Floats, high: Floats) -> list[tuple[Any, ...]]:
    return [(int(y), float(x), float(a), float(b), bool(a <= y <= b)) for y, x, a, b in zip(true, forecast, low, high, strict=True)]


def origin_rows(held: HoldOut) -> list[tuple[Any, ...]]:
    """Rows of ``ORIGINS``: what each model would have forecast from each earlier day, of the clients that were looked at."""
    weights = {member.name: float(weight) for member, weight in zip(held.ensemble.members, held.ensemble.weights, strict=True)}
    return [
        (
            *(date_of(tried.day), date_of(tried.until_day), name, weights[name], float(total), tried.true),
            *(one.crps, one.mae, one.rmse, one.bias, one.coverage[0.8]),
        )
        for tried in held.ensemble.tried
        for name, total, one in zip(tried.names, tried.totals, tried.judged, strict=True)
    ]


def as_json(held: HoldOut) -> dict[str, Any]:
    """The hold-out in a few numbers, all of the clients known before it."""
    low, high = held.interval
    own = accuracy(held.forecast.by_client, held.true)
    members = held.ensemble.members
    best = members[int(np.argmax(held.ensemble.weights))]
    return {
        "clients": len(held.true),
        "truth": float(held.true.sum()),
        "forecast": held.forecast.total,
        "low": low,
        "high": high,
        "inside": held.inside,
        "mae": own.mean_absolute_error,
        "rmse": own.root_mean_square_error,
        "form": best.name,
        "weights": {member.name: float(weight) for member, weight in zip(members, held.ensemble.weights, strict=True)},
        "coverage": {f"{level:g}": share for level, share in held.coverage.items()},
        "warnings": [str(words) for words in held.ensemble.drift.words],
        "baselines": {
            name: {
                "forecast": float(values[-1].sum()),
                "mae": (line := accuracy(values[-1], held.true)).mean_absolute_error,
                "rmse": line.root_mean_square_error,
            }
            for name, values in held.others.items()
        },
    }


def held_out_page(held: HoldOut, has_status: bool) -> HeldOutPage:
    """What the page says."""
    ensemble = held.ensemble
    low, high = held.interval
    crps = np.array([[one.crps for one in tried.judged] for tried in ensemble.tried])
    relative = (crps / crps.mean(axis=1, keepdims=True)).mean(axis=0) if len(crps) else np.full(len(ensemble.members), np.nan)
    return HeldOutPage(
        day=date_of(held.from_day),
        days=held.days,
        n_clients=len(held.true),
        needs=has_status,
        true=float(held.true.sum()),
        forecast=held.forecast.total,
        low=low,
        high=high,
        lines=lines(held),
        coverage=held.coverage,
        members=[
            (member.title, float(weight), float(score))
            for member, weight, score in zip(ensemble.members, ensemble.weights, relative, strict=True)
        ],
        earlier=[EarlierDay(date_of(one.day), one.weeks, float(ensemble.weights @ one.totals), one.true) for one in ensemble.tried],
        at_bound=[(member.title, member.fitted.at_bound) for member in ensemble.members if member.fitted.at_bound],
        drift=ensemble.drift.words,
        since=None if ensemble.drift.since_day is None else date_of(ensemble.drift.since_day),
    )


def held_out_chart(held: HoldOut) -> HeldOut:
    """Visits by the end of each week, as they are drawn."""
    forecasts: dict[Said | str, Floats] = {OWN: np.cumsum(held.forecast.weekly)}
    forecasts |= {OTHERS[name]: values.sum(axis=1) for name, values in held.others.items()}
    return HeldOut(np.cumsum(held.weekly), forecasts, held.forecast.interval())
