"""What a file says of clients: who comes, how often, how regularly, and how inclined they are to stay."""

import math
from collections.abc import Sequence

import numpy as np

from sim.calibration.fit import Fit
from sim.calibration.histories import WEEK_DAYS
from sim.calibration.reader import ENOUGH, Reader, plain_names, shape, shares
from sim.calibration.taste import matching_taste
from sim.config import Market

CLOSED_SHARE = 0.02
"""A weekday with fewer visits than this share of a mean weekday's counts as closed."""


def client_model(reader: Reader, fitted: Fit, settled: Market, signs: Sequence[str] = ()) -> None:
    """Numbers of the client model; ``settled`` holds what else was found, on which the taste depends.

    Parameters
    ----------
    signs
        What shows that the first visit can end the relation, where the form was chosen for that.
    """
    model = fitted.model

    def words(name: str, decimals: int = 3) -> str:
        interval = fitted.interval(name)
        if not math.isfinite(interval.low):
            return "fit; no interval, the likelihood is flat"
        return f"fit {interval.estimate:.{decimals}f} [{interval.low:.{decimals}f}, {interval.high:.{decimals}f}]"

    name = f"{model.name}, {fitted.n} new clients"
    one_time = words("one_time_share") if model.one_time_share else "the form without one-time clients fits as well"
    reader.add("clients.one_time_share", model.one_time_share, f"{name}: {one_time}")
    chosen = f"of those in which the first visit can end the relation: {'; '.join(signs)}" if signs else "of all"
    reader.add("clients.dropout_after_first", model.dropout_after_first, f"{name}: the form with the best AIC {chosen}")
    reader.add("clients.rate_shape", model.rate_shape, f"{name}: {words('rate_shape')}")
    reader.add(
        "clients.rate_scale_per_day", 1 / (model.rate_weeks * WEEK_DAYS), f"1 / (7 alpha), alpha {words('rate_weeks')} weeks"
    )
    regularity = f"regularity{' of gaps with a rhythm' if model.lapse_share else ''}: {words('gap_shape')}"
    reader.add("clients.gap_shape", model.gap_shape, regularity)
    lapses = words("lapse_share") if model.lapse_share else "the form without lapses fits as well"
    reader.add("clients.lapse_share", model.lapse_share, f"share of gaps without rhythm: {lapses}")
    if model.lapse_share:
        reader.add("clients.lapse_gaps", model.lapse_gaps, f"mean of such a gap, in the client's own: {words('lapse_gaps')}")
    leave = fitted.derived(lambda m: m.drop_a / (m.drop_a + m.drop_b))
    mean, size = taste(fitted, settled)
    stays = f"clients stay with probability {1 - leave.estimate:.3f} [{1 - leave.high:.3f}, {1 - leave.low:.3f}] on average"
    reader.add("clients.taste_mean", mean, f"{stays}; the taste that gives this with the experiences below")
    reader.add("clients.taste_size", size, f"fit of Beta({model.drop_b:.3g}, {model.drop_a:.3g}), experiences taken out")
    reader.add(
        "stay.per_earlier_session",
        0.0,
        "the fit has no habit: that those who came often return more is differences between clients",
    )


def taste(fitted: Fit, settled: Market) -> tuple[float, float]:
    """Mean and size of the taste with which clients of a market stay as the fit says."""
    model = fitted.model
    return matching_taste(model.drop_b / (model.drop_a + model.drop_b), model.drop_a + model.drop_b, settled)


def arrivals(reader: Reader) -> None:
    """How many new clients come, on which days and in which months."""
    day = reader.done.day[reader.first]
    span = int(day.max() - day.min()) + 1
    reader.add("clients.arrivals_per_day", len(day) / span, f"{len(day)} new clients in {span} days")
    visits = reader.done.day
    if len(visits) >= ENOUGH:
        counts = np.bincount((visits + 3) % 7, minlength=7)
        # a few visits on a day of rest are exceptions, or typing errors
        counts[counts < CLOSED_SHARE * counts.mean()] = 0
        weights = [float(x) for x in np.round(counts / counts.max(), 3)]
        closed = f"; closed: fewer than {CLOSED_SHARE:.0%} of a mean day" if 0 in weights else ""
        reader.add("requests.start_weekday_weights", weights, f"weekdays of {len(visits)} visits{closed}")
        reader.add("clients.weekly_shape", [1.0] * 7, "flat: the file's weekdays are those of the visits")
    else:
        reader.miss("requests.start_weekday_weights, clients.weekly_shape", f"{len(visits)} visits, fewer than {ENOUGH}")
    years = span // 365
    whole = day[day > day.max() - 365 * years]
    if years >= 1 and len(whole) >= ENOUGH:
        month = whole.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        source = f"months of {len(whole)} first visits, {years} years"
        reader.add("clients.yearly_shape", shape(np.bincount(month, minlength=12)), source)
    else:
        why = (
            f"{len(whole)} first visits in {years} whole years, fewer than {ENOUGH}" if years else "less than a year of new clients"
        )
        reader.miss("clients.yearly_shape", why)
    if "channel" in reader.done.labels:
        channel = reader.done.labels["channel"][reader.first]
        names = plain_names(reader.done.names["channel"])
        listed_shares = shares(channel[channel >= 0], len(names))
        listed = [{"name": names[i], "share": listed_shares[i], "relative_cost": 1.0} for i in np.flatnonzero(listed_shares)]
        reader.add("clients.channels", listed, "shares of first visits; equal cost: assumption")
    else:
        reader.miss("clients.channels", "no column")
