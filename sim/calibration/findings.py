"""What a file says about the numbers of a market: each with its source, and what it cannot tell.

Shares, shapes and times are read as they are (their empirical counterpart in the market is direct); effects of a bad first session
are odds ratios. A number is only taken from the file when there is enough behind it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from sim.calibration.fit import Fit
from sim.calibration.histories import WEEK_DAYS
from sim.calibration.spread import Spread, fit_spread, tallies
from sim.calibration.taste import felt_late_share, matching_taste, pro_sd
from sim.calibration.visits import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, NO_SHOW, REBOOK_DAYS, Floats, Visits
from sim.config import Market

RETURN_DAYS = 183
ENOUGH = 200
"""Cases from which a share or a shape is taken from the file."""
CLOSED_SHARE = 0.02
"""A weekday with fewer visits than this share of a mean weekday's counts as closed."""
WIDEST_ERROR = 0.35
"""Largest standard error of an effect on the logit scale that is taken from the file."""


@dataclass(frozen=True)
class Finding:
    """A number of the market with its source."""

    key: str
    value: Any
    source: str


@dataclass(frozen=True)
class Findings:
    """Everything that a file says of a market."""

    found: tuple[Finding, ...]
    untold: tuple[tuple[str, str], ...]
    """What the data cannot tell: keys, and why; they keep their defaults."""
    spread: Spread | None
    """Between pros, of new clients' return; None without pros."""


class Reader:
    """Collects findings of one file; the base market gives what the file does not say."""

    def __init__(self, visits: Visits, until_day: int, base: Market) -> None:
        self.all = visits.rows(visits.day <= until_day)
        self.done = self.all.done()
        self.until_day, self.base = until_day, base
        self.found: list[Finding] = []
        self.untold: list[tuple[str, str]] = []
        first = np.r_[True, np.diff(self.done.client) != 0]
        self.first = first & ~self.done.left_censored[self.done.client]
        gap = np.full(len(self.done.day), np.inf)
        gap[:-1] = np.where(np.diff(self.done.client) == 0, np.diff(self.done.day), np.inf)
        self.followed = self.first & (self.done.day <= until_day - RETURN_DAYS)
        self.returned = gap <= RETURN_DAYS

    def add(self, key: str, value: Any, source: str) -> None:
        """A number that the file gives."""
        if isinstance(value, float):
            value = float(f"{value:.6g}")
        self.found.append(Finding(key, value, source))

    def miss(self, keys: str, why: str) -> None:
        """Numbers that it does not give."""
        self.untold.append((keys, why))

    # ---- clients

    def client_model(self, fitted: Fit, settled: Market) -> None:
        """Numbers of the client model; ``settled`` holds what else was found, on which the taste depends."""
        model = fitted.model

        def words(name: str, decimals: int = 3) -> str:
            interval = fitted.interval(name)
            if not math.isfinite(interval.low):
                return "fit; no interval, the likelihood is flat"
            return f"fit {interval.estimate:.{decimals}f} [{interval.low:.{decimals}f}, {interval.high:.{decimals}f}]"

        name = f"{model.name}, {fitted.n} new clients"
        one_time = words("one_time_share") if model.one_time_share else "the form without one-time clients fits as well"
        self.add("clients.one_time_share", model.one_time_share, f"{name}: {one_time}")
        self.add("clients.dropout_after_first", model.dropout_after_first, f"{name}: the form with the best AIC")
        self.add("clients.rate_shape", model.rate_shape, f"{name}: {words('rate_shape')}")
        self.add(
            "clients.rate_scale_per_day", 1 / (model.rate_weeks * WEEK_DAYS), f"1 / (7 alpha), alpha {words('rate_weeks')} weeks"
        )
        regularity = f"regularity{' of gaps with a rhythm' if model.lapse_share else ''}: {words('gap_shape')}"
        self.add("clients.gap_shape", model.gap_shape, regularity)
        lapses = words("lapse_share") if model.lapse_share else "the form without lapses fits as well"
        self.add("clients.lapse_share", model.lapse_share, f"share of gaps without rhythm: {lapses}")
        if model.lapse_share:
            self.add("clients.lapse_gaps", model.lapse_gaps, f"mean of such a gap, in the client's own: {words('lapse_gaps')}")
        leave = fitted.derived(lambda m: m.drop_a / (m.drop_a + m.drop_b))
        mean, size = matching_taste(1 - leave.estimate, model.drop_a + model.drop_b, settled)
        stays = f"clients stay with probability {1 - leave.estimate:.3f} [{1 - leave.high:.3f}, {1 - leave.low:.3f}] on average"
        self.add("clients.taste_mean", mean, f"{stays}; the taste that gives this with the experiences below")
        self.add("clients.taste_size", size, f"fit of Beta({model.drop_b:.3g}, {model.drop_a:.3g}), experiences taken out")
        self.add(
            "stay.per_earlier_session",
            0.0,
            "the fit has no habit: that those who came often return more is differences between clients",
        )

    def arrivals(self) -> None:
        """How many new clients come, on which days and in which months."""
        day = self.done.day[self.first]
        span = int(day.max() - day.min()) + 1
        self.add("clients.arrivals_per_day", len(day) / span, f"{len(day)} new clients in {span} days")
        visits = self.done.day
        if len(visits) >= ENOUGH:
            counts = np.bincount((visits + 3) % 7, minlength=7)
            # a few visits on a day of rest are exceptions, or typing errors
            counts[counts < CLOSED_SHARE * counts.mean()] = 0
            weights = [float(x) for x in np.round(counts / counts.max(), 3)]
            closed = f"; closed: fewer than {CLOSED_SHARE:.0%} of a mean day" if 0 in weights else ""
            self.add("requests.start_weekday_weights", weights, f"weekdays of {len(visits)} visits{closed}")
            self.add("clients.weekly_shape", [1.0] * 7, "flat: the file's weekdays are those of the visits")
        else:
            self.miss("requests.start_weekday_weights, clients.weekly_shape", f"{len(visits)} visits, fewer than {ENOUGH}")
        years = span // 365
        whole = day[day > day.max() - 365 * years]
        if years >= 1 and len(whole) >= ENOUGH:
            month = whole.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
            source = f"months of {len(whole)} first visits, {years} years"
            self.add("clients.yearly_shape", _shape(np.bincount(month, minlength=12)), source)
        else:
            why = (
                f"{len(whole)} first visits in {years} whole years, fewer than {ENOUGH}"
                if years
                else "less than a year of new clients"
            )
            self.miss("clients.yearly_shape", why)
        if "channel" in self.done.labels:
            channel = self.done.labels["channel"][self.first]
            names = self.done.names["channel"]
            shares = _shares(channel[channel >= 0], len(names))
            listed = [{"name": names[i][:60], "share": shares[i], "relative_cost": 1.0} for i in np.flatnonzero(shares)]
            self.add("clients.channels", listed, "shares of first visits; equal cost: assumption")
        else:
            self.miss("clients.channels", "no column")

    # ---- requests and sessions

    def services(self) -> None:
        """What is done, how often, at which price."""
        price = self.done.numbers.get("price")
        listed = price[np.isfinite(price)] if price is not None else np.empty(0)
        base = self.base.services
        typical = float(np.median(listed)) if len(listed) else sum(s.client_share * s.price_eur for s in base)
        money = f"median of {len(listed)} prices" if len(listed) else "price: the default market's mean"
        names = self.done.names.get("service", ())
        codes = self.done.labels["service"][self.first] if "service" in self.done.labels else np.empty(0, np.int64)
        shares = _shares(codes[codes >= 0], len(names)) if (codes >= 0).any() else np.empty(0)
        if len(shares):
            prices = [_median(price, self.done.labels["service"] == i, typical) for i in range(len(names))]
            services = [_service(names[i], float(shares[i]), prices[i]) for i in np.flatnonzero(shares)]
            self.add("services", services, f"shares of first visits; {money}; 60 minutes: assumption")
        else:
            self.add("services", [_service("visit", 1.0, typical)], f"no column: one service; {money}; 60 minutes: assumption")
        lead = self.done.numbers.get("lead_days")
        if lead is not None and np.isfinite(lead).sum() >= ENOUGH:
            mean = 24 * float(np.nanmean(lead)) - self.base.requests.lead_min_hours
            self.add("requests.lead_mean_hours", max(mean, 0.0), f"mean of {int(np.isfinite(lead).sum())} lead times")
        else:
            self.miss("requests.lead_mean_hours", "no column, or too few")
        hour = self.done.hour[np.isfinite(self.done.hour)]
        if len(hour) >= ENOUGH:
            counts = np.bincount(hour.astype(np.int64), minlength=24)
            self.add("requests.start_hour_weights", [float(x) for x in np.round(counts / counts.max(), 3)], f"{len(hour)} starts")
        else:
            self.miss("requests.start_hour_weights", "the file gives no time of day")

    def endings(self) -> None:
        """How many bookings do not take place."""
        status = self.all.needs().status
        n = len(status)
        if not self.all.has_status:
            why = "the file holds only visits that took place: so does the market that is fitted to it"
            self.add("sessions.client_cancellation_share", 0.0, why)
            self.add("sessions.no_show_share", 0.0, why)
            self.miss("pros.cancellation_share", "the file holds only visits that took place")
            return
        shares = {end: float((status == end).mean()) for end in (CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, NO_SHOW)}
        self.add(
            "sessions.client_cancellation_share",
            shares[CANCELLED_BY_CLIENT],
            f"of {n} needs, those booked again within {REBOOK_DAYS} days apart",
        )
        self.add(
            "sessions.no_show_share",
            _no_show_base(shares[NO_SHOW], self.base),
            f"{shares[NO_SHOW]:.4f} of {n} needs, less the rise with lead time",
        )
        if shares[CANCELLED_BY_PRO] > 0:
            self.add("pros.cancellation_share", shares[CANCELLED_BY_PRO], f"of {n} needs")
        else:
            self.miss("pros.cancellation_share", "no status means that the pro cancelled")

    def lateness(self) -> None:
        """How late pros are, how much they differ, and what it does to a new client's return."""
        minutes = self.done.numbers.get("minutes_late")
        if minutes is None or np.isfinite(minutes).sum() < ENOUGH:
            self.miss("pros.late_share, pros.late_logit_sd, sessions.late_extra_mean_minutes, stay.late", "no column, or too few")
            return
        known = np.isfinite(minutes)
        limit = self.base.sessions.late_from_minutes
        late = minutes >= limit
        share = float(late[known].mean())
        self.add(
            "pros.late_share",
            float(np.clip(share, 1e-4, 1 - 1e-4)),
            f"{limit:g} minutes or more late, of {int(known.sum())} visits",
        )
        if late.any():
            self.add(
                "sessions.late_extra_mean_minutes",
                max(float((minutes[late] - limit).mean()), 0.1),
                f"mean beyond {limit:g} minutes",
            )
        if "pro" in self.done.labels:
            rows = known & (self.done.labels["pro"] >= 0)
            spread = by_pro(late[rows], self.done.labels["pro"][rows])
            if math.isfinite(spread.rho.estimate):
                self.add("pros.late_logit_sd", spread.logit_sd, f"beta-binomial, rho {_rho_words(spread)}, {spread.n_pros} pros")
        rows = self.followed & known
        self.effect("stay.late", late[rows], self.returned[rows], "first visit late")

    def effect(self, key: str, exposed: np.ndarray, returned: np.ndarray, what: str) -> None:
        """A log odds ratio of return, if it is known well enough."""
        estimate, error = log_odds_ratio(exposed, returned)
        if error <= WIDEST_ERROR:
            reach = float(stats.norm.ppf(0.975)) * error
            self.add(
                key, estimate, f"log odds ratio of return, {what}: [{estimate - reach:.2f}, {estimate + reach:.2f}], observational"
            )
        else:
            self.miss(key, f"standard error {error:.2f} of the log odds ratio, above {WIDEST_ERROR}")

    def ratings(self) -> None:
        """How many visits are rated, and how."""
        rating = self.done.numbers.get("rating")
        if rating is None or np.isfinite(rating).sum() < ENOUGH:
            self.miss("rating.given_share, rating.cut_logits", "no column, or too few")
            return
        rated = np.isfinite(rating)
        given = rating[rated]
        self.add("rating.given_share", len(given) / len(rating), f"of {len(rating)} visits")
        source = f"{len(given)} ratings, mean {given.mean():.2f}"
        minutes = self.done.numbers.get("minutes_late")
        late = np.zeros(len(given), np.bool_) if minutes is None else minutes[rated] >= self.base.sessions.late_from_minutes
        if late.sum() >= ENOUGH and (~late).sum() >= ENOUGH:
            self.add(
                "rating.late", _late_shift(given, late), f"log odds of more stars, {int(late.sum())} late visits against others"
            )
            self.cuts(given[~late], 0.0, 0.0, f"{source}; those on time")
        else:
            self.miss("rating.late", "lateness and rating are not known together, or too few")
            self.cuts(
                given, self.base.rating.late, felt_late_share(self.base), f"{source}; the default effect of lateness taken out"
            )

    def cuts(self, given: Floats, late_shift: float, late_share: float, source: str) -> None:
        """Log odds of at most 1 to 4 stars, with which the market's sessions get these ratings."""
        rule, traits = self.base.rating, self.base.pros.trait_loadings
        noise = rule.quality**2 * (1 + self.base.sessions.quality_noise_sd**2) + rule.warmth**2
        noise += 2 * rule.quality * rule.warmth * traits["skill"] * traits["warmth"]
        nodes, weights = np.polynomial.hermite_e.hermegauss(15)
        nodes, weights = nodes * math.sqrt(noise), weights / weights.sum()
        cuts = []
        for k in range(1, 5):
            # half a case each way, so that a level nobody chose has a finite logit
            share = (float((np.round(given) <= k).sum()) + 0.5) / (len(given) + 1)
            low, high = -30.0, 30.0
            for _ in range(60):
                cut = (low + high) / 2
                on_time, late = (float(weights @ special.expit(cut + nodes - shift)) for shift in (0.0, late_shift))
                low, high = (cut, high) if (1 - late_share) * on_time + late_share * late < share else (low, cut)
            cuts.append(round(low, 3))
        self.add("rating.cut_logits", sorted(cuts), source)

    # ---- pros

    def pros(self) -> Spread | None:
        """How many there are, and how much new clients' return differs between them."""
        days = int(self.until_day - self.done.day.min()) + 1
        per_day = len(self.done.day) / days
        self.add("zones", 1, "the file names no zones")
        self.add("pros.zones_per_pro", 1, "the file names no zones")
        if "pro" not in self.done.labels:
            scale = self.base.pros.n / self.base.clients.arrivals_per_day
            n = max(4, round(scale * per_day / 2.5))
            self.add("pros.n", n, f"no column: as many as keep as busy as in {self.base.name} with {per_day:.2f} visits a day")
            found = "the visits of the file are those that found a pro: so do the needs of the market that is fitted to it"
            self.add("pros.share_at_start", 1.0, found)
            self.add("pros.leaving.enabled", False, found)
            self.miss("stay.skill, stay.warmth, stay.advocacy", "no column pro: how much pros differ cannot be told")
            return None
        pro = self.done.labels["pro"]
        known, first = np.unique(pro[pro >= 0]), np.full(int(pro.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, pro[pro >= 0], self.done.day[pro >= 0])
        early = first[known] <= int(self.done.day.min()) + days // 4
        self.add("pros.n", max(len(known), 1), "pros with a visit")
        self.add(
            "pros.share_at_start", float(early.mean()) if len(known) else 1.0, "pros with a visit in the first quarter of the file"
        )
        rows = self.followed & (pro >= 0)
        spread = by_pro(self.returned[rows], pro[rows])
        keys = "stay.skill, stay.warmth, stay.advocacy"
        if not math.isfinite(spread.rho.estimate) or spread.rho.low == 0:
            self.miss(keys, f"spread between {spread.n_pros} pros not to be told from chance: rho {_rho_words(spread)}")
            return spread
        factor = spread.logit_sd / pro_sd(self.base)
        for name in ("skill", "warmth", "advocacy"):
            self.add(
                f"stay.{name}",
                factor * getattr(self.base.stay, name),
                f"return by first pro, rho {_rho_words(spread)}; mix of the three: assumption",
            )
        return spread


def by_pro(success: np.ndarray, pro: np.ndarray) -> Spread:
    """The spread between pros of a yes or no by case."""
    if not len(pro):
        return fit_spread(np.empty(0), np.empty(0))
    return fit_spread(*tallies(success, pro))


def log_odds_ratio(exposed: np.ndarray, returned: np.ndarray) -> tuple[float, float]:
    """Log odds ratio of return with and without exposure, and its standard error (Haldane-Anscombe: half a case in each cell)."""
    cells = [float((side & end).sum()) + 0.5 for side in (exposed, ~exposed) for end in (returned, ~returned)]
    ratio = math.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    return ratio, math.sqrt(sum(1 / cell for cell in cells))


def _late_shift(given: Floats, late: np.ndarray) -> float:
    """How much lateness moves the log odds of more stars, at the level that divides the ratings most evenly."""
    level = min(range(1, 5), key=lambda k: abs(float((np.round(given) <= k).mean()) - 0.5))
    return -log_odds_ratio(late, np.round(given) <= level)[0]


def _rho_words(spread: Spread) -> str:
    rho = spread.rho
    return f"{rho.estimate:.4f} [{rho.low:.4f}, {rho.high:.4f}]" if math.isfinite(rho.estimate) else "not defined"


def _shape(counts: np.ndarray) -> list[float]:
    """Counts relative to their mean."""
    return [float(x) for x in np.round(counts / counts.mean(), 3)]


def _shares(codes: np.ndarray, n: int) -> Floats:
    """Shares of codes, of which small ones (below one in a thousand) are dropped; they sum to 1 after rounding."""
    counts = np.bincount(codes, minlength=n).astype(float)
    counts[counts < counts.sum() / 1000] = 0
    shares = np.round(counts / counts.sum(), 6)
    shares[np.argmax(shares)] += 1 - shares.sum()
    return shares


def _median(values: Floats | None, rows: np.ndarray, otherwise: float) -> float:
    known = values[rows & np.isfinite(values)] if values is not None else np.empty(0)
    return float(np.median(known)) if len(known) else otherwise


def _service(name: str, share: float, price: float) -> dict[str, Any]:
    return {"name": name[:60], "client_share": share, "duration_minutes": 60, "price_eur": round(price, 2)}


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


def read_findings(visits: Visits, until_day: int, fitted: Fit, base: Market, settle: Any) -> Findings:
    """Everything that a file says of a market.

    Parameters
    ----------
    visits
        All bookings, whatever became of them.
    until_day
        Last day that is read.
    fitted
        The client model of the file's new clients.
    base
        The market whose numbers hold where the file says nothing.
    settle
        Makes a market from the findings so far, which the taste is then matched to: ``settle(findings) -> Market``.
    """
    reader = Reader(visits, until_day, base)
    reader.arrivals()
    reader.services()
    reader.endings()
    reader.lateness()
    reader.ratings()
    spread = reader.pros()
    reader.miss(
        "stay.cancelled_by_pro, stay.unfilled, clients.flexible_share, requests (offers), economics", "no file of bookings says"
    )
    reader.client_model(fitted, settle(reader.found))
    return Findings(tuple(reader.found), tuple(reader.untold), spread)


def nested(found: Sequence[Finding]) -> Mapping[str, Any]:
    """Findings as the nested mapping of a yaml."""
    tree: dict[str, Any] = {}
    for finding in found:
        *sections, key = finding.key.split(".")
        place = tree
        for name in sections:
            place = place.setdefault(name, {})
        place[key] = finding.value
    return tree
