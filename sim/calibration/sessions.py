"""What a file says about bookings: services, prices, times, how they end and how late they begin."""

from typing import Any

import numpy as np
from scipy import special

from sim.arrays import Floats
from sim.bookings.columns import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, NO_SHOW
from sim.bookings.visits import REBOOK_DAYS
from sim.calibration.durations import service_minutes
from sim.calibration.reader import ENOUGH, Reader, plain_names, shares
from sim.calibration.spread import FEWEST_PROS, LogitNormal, median_share, tallies
from sim.config import Market
from sim.said import number, say


def services(reader: Reader) -> None:
    """What is done, how often, at which price."""
    price = reader.done.numbers.get("price")
    listed = price[np.isfinite(price)] if price is not None else np.empty(0)
    base = reader.base.services
    typical = float(np.median(listed)) if len(listed) else sum(s.client_share * s.price_eur for s in base)
    money = say("median of {n} prices", n=len(listed)) if len(listed) else say("price: the default market's mean")
    names = plain_names(reader.done.names.get("service", ()))
    codes = reader.done.labels["service"][reader.first] if "service" in reader.done.labels else np.empty(0, np.int64)
    listed_shares = shares(codes[codes >= 0], len(names)) if (codes >= 0).any() else np.empty(0)
    minutes, told = service_minutes(reader)
    if len(listed_shares):
        prices = [_median(price, reader.done.labels["service"] == i, typical) for i in range(len(names))]
        services = [_service(names[i], float(listed_shares[i]), prices[i], int(minutes[i])) for i in np.flatnonzero(listed_shares)]
        reader.add("services", services, say("shares of first visits; {money}; {minutes}", money=money, minutes=told))
    else:
        one = say("no column: one service; {money}; {minutes}", money=money, minutes=told)
        reader.add("services", [_service("visit", 1.0, typical, int(np.median(minutes)))], one)
    lead_times(reader)
    hour = reader.done.hour[np.isfinite(reader.done.hour)]
    if len(hour) >= ENOUGH:
        counts = np.bincount(hour.astype(np.int64), minlength=24)
        weights = [float(x) for x in np.round(counts / counts.max(), 3)]
        reader.add("requests.start_hour_weights", weights, say("{n} starts", n=len(hour)))
    else:
        reader.miss("requests.start_hour_weights", say("the file gives no time of day"))


def lead_times(reader: Reader) -> None:
    """How long before a visit it is asked for."""
    lead = reader.done.numbers.get("lead_days")
    if lead is not None and np.isfinite(lead).sum() >= ENOUGH:
        mean = 24 * float(np.nanmean(lead)) - reader.base.requests.lead_min_hours
        reader.add("requests.lead_mean_hours", max(mean, 0.0), say("mean of {n} lead times", n=int(np.isfinite(lead).sum())))
    else:
        reader.miss("requests.lead_mean_hours", say("no column, or too few"))


def endings(reader: Reader) -> None:
    """How many bookings do not take place."""
    status = reader.all.needs().status
    n = len(status)
    if not reader.all.has_status:
        why = say("the file holds only visits that took place: so does the market that is fitted to it")
        reader.add("sessions.client_cancellation_share", 0.0, why)
        reader.add("sessions.no_show_share", 0.0, why)
        reader.miss("pros.cancellation_share", say("the file holds only visits that took place"))
        return
    ended = {end: float((status == end).mean()) for end in (CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, NO_SHOW)}
    reader.add(
        "sessions.client_cancellation_share",
        ended[CANCELLED_BY_CLIENT],
        say("of {n} needs, those booked again within {days} days apart", n=n, days=REBOOK_DAYS),
    )
    reader.add(
        "sessions.no_show_share",
        _no_show_base(ended[NO_SHOW], reader.base),
        say("{share} of {n} needs, less the rise with lead time", share=number(ended[NO_SHOW], ".4f"), n=n),
    )
    if ended[CANCELLED_BY_PRO] > 0:
        reader.add("pros.cancellation_share", ended[CANCELLED_BY_PRO], say("of {n} needs", n=n))
    else:
        reader.miss("pros.cancellation_share", say("no status means that the pro cancelled"))


def lateness(reader: Reader) -> None:
    """How late pros are, and how much they differ."""
    minutes = reader.done.numbers.get("minutes_late")
    if minutes is None or np.isfinite(minutes).sum() < ENOUGH:
        keys = "pros.late_share, pros.late_logit_sd, sessions.late_extra_mean_minutes"
        reader.miss(keys, say("no column, or too few"))
        return
    there = np.isfinite(minutes)
    limit = reader.base.sessions.late_from_minutes
    late = minutes >= limit
    share, logit_sd = float(np.clip(late[there].mean(), 1e-4, 1 - 1e-4)), float(reader.base.pros.late_logit_sd)
    median = median_share(share, logit_sd)
    pros = late_by_pro(reader)
    if pros is not None:
        median, logit_sd = pros.fit()
        source = say("log odds of being late over {n} pros, maximum likelihood", n=int((pros.trials > 0).sum()))
        reader.add("pros.late_logit_sd", logit_sd, source)
    reader.add(
        "pros.late_share",
        float(np.clip(median, 1e-4, 1 - 1e-4)),
        say(
            "median pro; {share} of {n} visits were {minutes} minutes or more late",
            share=number(share, ".4f"),
            minutes=number(limit),
            n=int(there.sum()),
        ),
    )
    late_minutes(reader)


def late_minutes(reader: Reader) -> None:
    """How late visits are that are late."""
    minutes, limit = reader.done.numbers["minutes_late"], reader.base.sessions.late_from_minutes
    late = minutes >= limit
    if late.any():
        reader.add(
            "sessions.late_extra_mean_minutes",
            max(float((minutes[late] - limit).mean()), 0.1),
            say("mean beyond {minutes} minutes", minutes=number(limit)),
        )


def late_by_pro(reader: Reader) -> LogitNormal | None:
    """How often pros are late; None where the file names fewer than two, no minutes, or all visits began alike."""
    minutes = reader.done.numbers.get("minutes_late")
    if minutes is None or "pro" not in reader.done.labels:
        return None
    pro = reader.done.labels["pro"]
    rows = np.isfinite(minutes) & (pro >= 0)
    late, all_of = tallies(minutes[rows] >= reader.base.sessions.late_from_minutes, pro[rows])
    told = (all_of > 0).sum() >= FEWEST_PROS and 0 < late.sum() < all_of.sum()
    return LogitNormal(late, all_of) if told else None


def _median(values: Floats | None, rows: np.ndarray, otherwise: float) -> float:
    known = values[rows & np.isfinite(values)] if values is not None else np.empty(0)
    return float(np.median(known)) if len(known) else otherwise


def _service(name: str, share: float, price: float, minutes: int) -> dict[str, Any]:
    return {"name": name, "client_share": share, "duration_minutes": minutes, "price_eur": round(price, 2)}


def _no_show_base(mean: float, base: Market) -> float:
    """The share on the day of booking with which, over the market's lead times, so many do not show up on average."""
    if mean <= 0:
        return 0.0
    quantiles = (np.arange(400) + 0.5) / 400
    lead = np.minimum(
        base.requests.lead_min_hours - base.requests.lead_mean_hours * np.log(quantiles), 24 * base.requests.lead_max_days
    )
    rise = base.sessions.no_show_logit_per_log_day * np.log1p(lead / 24)
    low, high = -20.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(special.expit(middle + rise).mean()) < mean else (low, middle)
    return float(special.expit(low))
