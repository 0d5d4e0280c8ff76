"""What a file says about clients: who comes, how often, how regularly, and how inclined they are to stay."""

import math
from collections.abc import Sequence

import numpy as np

from sim.calibration.client_parameters import ClientModel
from sim.calibration.fit import Fit
from sim.calibration.histories import WEEK_DAYS
from sim.calibration.reader import ENOUGH, Reader, plain_names, shape, shares
from sim.calibration.taste import matching_taste
from sim.config import Market
from sim.said import Said, number, say

CLOSED_SHARE = 0.02
"""A weekday with fewer visits than this share of a mean weekday's counts as closed."""


def client_model(reader: Reader, fitted: Fit, settled: Market, signs: Sequence[Said] = ()) -> None:
    """Numbers of the client model; ``settled`` holds what else was found, on which the taste depends.

    Parameters
    ----------
    signs
        What shows that the first visit can end the relation, where the form was chosen for that.
    """
    model = fitted.model
    flat = say("fit; no interval, the likelihood is flat")

    def fit(name: str) -> Said:
        interval = fitted.interval(name)
        if not math.isfinite(interval.low):
            return flat
        low, middle, high = (number(x, ".3f") for x in (interval.low, interval.estimate, interval.high))
        return say("fit {estimate} [{low}, {high}]", estimate=middle, low=low, high=high)

    def of_model(words: Said) -> Said:
        return say("{model}, {n} new clients: {words}", model=model.name, n=fitted.n, words=words)

    one_time = fit("one_time_share") if model.one_time_share else say("the form without one-time clients fits as well")
    reader.add("clients.one_time_share", model.one_time_share, of_model(one_time))
    chosen = say("the form with the best AIC of all")
    if model.dropout_after_first and "pro" in reader.done.labels:
        chosen = say(
            "the form with the best AIC of those in which a pro can matter at a first visit, as far as the file supports one"
        )
    if signs:
        chosen = say(
            "the form with the best AIC of those in which the first visit can end the relation: {signs}", signs=tuple(signs)
        )
    reader.add("clients.dropout_after_first", model.dropout_after_first, of_model(chosen))
    reader.add("clients.rate_shape", model.rate_shape, of_model(fit("rate_shape")))
    weeks = say("1 / (7 alpha), alpha {words} weeks", words=fit("rate_weeks"))
    reader.add("clients.rate_scale_per_day", 1 / (model.rate_weeks * WEEK_DAYS), weeks)
    regularity = say("regularity: {words}", words=fit("gap_shape"))
    if model.lapse_share:
        regularity = say("regularity of gaps with a rhythm: {words}", words=fit("gap_shape"))
    if model.gap_shape_log_sd:
        regularity = say("regularity of the median client: {words}", words=fit("gap_shape"))
    reader.add("clients.gap_shape", model.gap_shape, regularity)
    differ = say("the form in which all clients are as regular fits as well")
    if model.gap_shape_log_sd:
        differ = say("how much clients differ in regularity: {words}", words=fit("gap_shape_log_sd"))
    elif model.lapse_share:
        differ = say("the form with lapses fits better")
    reader.add("clients.gap_shape_log_sd", model.gap_shape_log_sd, differ)
    lapses = fit("lapse_share") if model.lapse_share else say("the form without lapses fits as well")
    reader.add("clients.lapse_share", model.lapse_share, say("share of gaps without rhythm: {words}", words=lapses))
    if model.lapse_share:
        own = say("mean of such a gap, in the client's own: {words}", words=fit("lapse_gaps"))
        reader.add("clients.lapse_gaps", model.lapse_gaps, own)
    stays = fitted.derived(lambda m: m.drop_b / (m.drop_a + m.drop_b), "logit")
    mean, size = taste(model, settled)
    low, middle, high = (number(x, ".3f") for x in (stays.low, stays.estimate, stays.high))
    staying = say("{estimate} [{low}, {high}]", estimate=middle, low=low, high=high)
    if not math.isfinite(stays.low):
        staying = say("{estimate} (no interval, the likelihood is flat)", estimate=middle)
    source = say(
        "clients stay with probability {stays} on average; the taste that gives this with the experiences below", stays=staying
    )
    reader.add("clients.taste_mean", mean, source)
    b, a = number(model.drop_b, ".3g"), number(model.drop_a, ".3g")
    reader.add("clients.taste_size", size, say("fit of Beta({b}, {a}), experiences taken out", b=b, a=a))
    habit = say("the fit has no habit: that those who came often return more is differences between clients")
    reader.add("stay.per_earlier_session", 0.0, habit)


def model_numbers(model: ClientModel) -> dict[str, float]:
    """Numbers of the market by key that are parameters of the client model; the taste is not, it depends on experiences."""
    numbers = {
        "clients.one_time_share": model.one_time_share,
        "clients.rate_shape": model.rate_shape,
        "clients.rate_scale_per_day": 1 / (model.rate_weeks * WEEK_DAYS),
        "clients.gap_shape": model.gap_shape,
        "clients.gap_shape_log_sd": model.gap_shape_log_sd,
        "clients.lapse_share": model.lapse_share,
    }
    return numbers | ({"clients.lapse_gaps": model.lapse_gaps} if model.lapse_share else {})


def taste(model: ClientModel, settled: Market) -> tuple[float, float]:
    """Mean and size of the taste with which clients of a market stay as a fitted model says."""
    return matching_taste(model.drop_b / (model.drop_a + model.drop_b), model.drop_a + model.drop_b, settled)


def arrivals(reader: Reader) -> None:
    """How many new clients come, on which days and in which months."""
    day = reader.done.day[reader.first]
    span = int(day.max() - day.min()) + 1
    together = reader.beginnings.days
    if not together:
        reader.add("clients.arrivals_per_day", len(day) / span, say("{n} new clients in {days} days", n=len(day), days=span))
    visits = reader.done.day
    if len(visits) >= ENOUGH:
        counts = np.bincount((visits + 3) % 7, minlength=7)
        # a few visits on a day of rest are exceptions, or typing errors
        counts[counts < CLOSED_SHARE * counts.mean()] = 0
        weights = [float(x) for x in np.round(counts / counts.max(), 3)]
        source = say("weekdays of {n} visits", n=len(visits))
        if 0 in weights:
            source = say(
                "weekdays of {n} visits; closed: fewer than {share}% of a mean day",
                n=len(visits),
                share=number(100 * CLOSED_SHARE, ".0f"),
            )
        reader.add("requests.start_weekday_weights", weights, source)
        reader.add("clients.weekly_shape", [1.0] * 7, say("flat: the file's weekdays are those of the visits"))
    else:
        few = say("{n} visits, fewer than {needed}", n=len(visits), needed=ENOUGH)
        reader.miss("requests.start_weekday_weights, clients.weekly_shape", few)
    years = span // 365
    whole = day[day > day.max() - 365 * years]
    if together:
        reader.miss("clients.yearly_shape", say("nearly all new clients began within {days} days", days=together))
    elif years >= 1 and len(whole) >= ENOUGH:
        month = whole.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        source = say("months of {n} first visits, {years} years", n=len(whole), years=years)
        reader.add("clients.yearly_shape", shape(np.bincount(month, minlength=12)), source)
    else:
        why = say("less than a year of new clients")
        if years:
            why = say("{n} first visits in {years} whole years, fewer than {needed}", n=len(whole), years=years, needed=ENOUGH)
        reader.miss("clients.yearly_shape", why)
    if "channel" in reader.done.labels:
        channel = reader.done.labels["channel"][reader.first]
        names = plain_names(reader.done.names["channel"])
        listed_shares = shares(channel[channel >= 0], len(names))
        listed = [{"name": names[i], "share": float(listed_shares[i]), "relative_cost": 1.0} for i in np.flatnonzero(listed_shares)]
        reader.add("clients.channels", listed, say("shares of first visits; equal cost: assumption"))
    else:
        reader.miss("clients.channels", say("no column"))
