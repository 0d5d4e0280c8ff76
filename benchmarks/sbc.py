"""Do draws of what a file leaves open hold the truth? Ranks of hidden worlds, each seen only through its file of bookings.

python -m benchmarks.worlds --only sbc
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim import rules
from sim.arrays import Floats, Ints
from sim.bookings.columns import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, DONE, NO_SHOW
from sim.bookings.visits import Visits
from sim.calibration.file_market import read_findings
from sim.calibration.fit import fit
from sim.calibration.histories import histories
from sim.calibration.reader import Reader
from sim.calibration.redrawn import read_again
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from sim.worlds.prior import Prior, Value, at, make_prior

STATUS = {
    rules.COMPLETED: DONE,
    rules.CANCELLED_BY_PRO: CANCELLED_BY_PRO,
    rules.CANCELLED_BY_CLIENT: CANCELLED_BY_CLIENT,
    rules.NO_SHOW: NO_SHOW,
}
DAY_0 = 18_628
"""Of a file, since 1970-01-01: 2021-01-01."""
OPEN = (
    *("horizon_days=900", "warmup_days=0", "clients.one_time_share=0", "stay.per_earlier_session=0"),
    # every need is served as soon as it arises, since the client model knows of no wait
    *("requests.lead_min_hours=0", "requests.lead_mean_hours=0", "requests.max_attempts=1", "sessions.no_show_share=0"),
    *("pros.n=80", "pros.share_at_start=1", "pros.leaving.enabled=false", "pros.cancellation_share=0", "pros.open_all_hours=true"),
    *("pros.acceptance_share=1", "pros.acceptance_logit_sd=0", "pros.extra_service_share=1", "pros.zones_per_pro=10"),
    # a client stays with a pro who was liked, as the calibration takes for granted
    *("requests.favourite_asked_share=1", "requests.favourite_acceptance_logit=9"),
    *("pros.answer_minutes=0", "requests.patience_hours=48", "clients.yearly_shape=[1,1,1,1,1,1,1,1,1,1,1,1]"),
)
"""The default market without what a file of bookings cannot show: clients are those of the client model, and all of them served."""
SPREAD = "spread between pros"
HIDDEN: Mapping[str, Mapping[str, float]] = {
    "clients.arrivals_per_day": {"low": 3, "high": 5},
    "clients.rate_shape": {"low": 2, "high": 4},
    "clients.rate_scale_per_day": {"low": 0.003, "high": 0.006},
    "clients.gap_shape": {"low": 2, "high": 5},
    "clients.taste_mean": {"low": 0.6, "high": 0.8},
    "clients.taste_size": {"low": 2, "high": 5},
    "pros.late_share": {"low": 0.08, "high": 0.2},
    "pros.late_logit_sd": {"low": 0.4, "high": 1},
    "sessions.client_cancellation_share": {"low": 0.03, "high": 0.09},
}
"""Ranges of the numbers of hidden worlds, far wider than a file leaves them, so that their ends hardly matter."""
N_DRAWS, N_CELLS = 31, 4
LEVEL = 0.01 / (len(HIDDEN) + 1)
"""Below which a p-value is too small, of as many tests."""


def base_market() -> tuple[Market, Arm]:
    """The market in the middle of the hidden worlds, and the rule under which they were seen."""
    settings = compose_settings("compare", ["arm=[uniform]", *(f"market.{line}" for line in OPEN)])
    return load_market(settings), load_arms(settings)["uniform"]


def hidden_worlds(base: Market) -> Prior:
    """Everything that differs between hidden worlds."""
    numbers = {name: {"uniform": dict(ends), "source": "choice"} for name, ends in HIDDEN.items()}
    spread = {"log_normal": {"median": 1.5, "log_sd": 0.3}, "scales": ["stay.skill", "stay.warmth", "stay.advocacy"]}
    return make_prior({"market": base.name, "numbers": {**numbers, SPREAD: {**spread, "source": "choice"}}}, base)


def visits_of_run(log: RunLog) -> Visits:
    """What a team would export of a run: bookings that a pro had accepted and that are over, one a client and day."""
    bookings = log.bookings
    rows = np.flatnonzero(np.isin(bookings["outcome"], list(STATUS)) & (bookings["start_days"] < log.facts["horizon_days"]))
    rows = rows[np.lexsort((bookings["start_days"][rows], bookings["client"][rows]))]
    client, day = bookings["client"][rows], np.floor(bookings["start_days"][rows]).astype(np.int64)
    rows = rows[~np.r_[False, (np.diff(client) == 0) & (np.diff(day) == 0)]]
    known, client = np.unique(bookings["client"][rows], return_inverse=True)
    pros, pro = np.unique(bookings["pro"][rows], return_inverse=True)
    return Visits(
        client=client.astype(np.int64),
        day=DAY_0 + np.floor(bookings["start_days"][rows]).astype(np.int64),
        status=np.array([STATUS[int(outcome)] for outcome in bookings["outcome"][rows]]),
        left_censored=np.zeros(len(known), np.bool_),
        numbers={"minutes_late": bookings["minutes_late"][rows].astype(float)},
        labels={"pro": pro.astype(np.int64)},
        names={"pro": tuple(f"p{i}" for i in pros)},
        hour=np.full(len(rows), np.nan),
        has_status=True,
    )


@dataclass(frozen=True)
class Seen:
    """A hidden world, and what its file says."""

    truth: Mapping[str, float]
    drawn: Mapping[str, Floats]
    """(N_DRAWS,) by name."""


def calibrated(prior: Prior, world: tuple[Value, ...], arm: Arm, seed: int) -> Seen:
    """Simulate a world, read its file, and draw what it leaves open."""
    market = prior.market(world)
    log = simulate(market, arm, seed, 0)
    visits, until = visits_of_run(log), DAY_0 + market.horizon_days - 1
    reader = Reader(visits, until, prior.base)
    fitted = fit(histories(visits.needs(), until), dropout_after_first=True)
    generator = np.random.default_rng((seed, 1))
    read = read_findings(reader, fitted)
    models = fitted.drawn_models(N_DRAWS, generator)
    spread = next(number for number in prior.numbers if number.name == SPREAD)
    found = read_again(
        reader, models, read, read.found, generator, lambda factors: np.diff(spread.coded([float(one) for one in factors]))
    ).values
    plain = market.model_dump(mode="json")
    truth = {name: float(at(plain, name)) for name in HIDDEN} | {SPREAD: float(world[prior.names.index(SPREAD)])}
    # a file shows those who had a visit, and takes a booking soon after a cancelled one for the same need; how often that is,
    # another run of the same world tells
    other = simulate(market, arm, seed, 1)
    again = visits_of_run(other)
    truth["clients.arrivals_per_day"] *= again.done().new_first().sum() / len(other.clients["client"])
    cancelled = [float((seen.status == CANCELLED_BY_CLIENT).mean()) for seen in (again.needs(), again)]
    truth["sessions.client_cancellation_share"] *= cancelled[0] / cancelled[1]
    drawn = {name: found[name] for name in HIDDEN} | {SPREAD: found["stay.skill"] / prior.base.stay.skill}
    return Seen(truth, drawn)


def check_sbc(n_worlds: int = 40, seed: int = 1) -> list[str]:
    """Whether the ranks of true numbers among the draws from their files are uniform, by a chi-square test each.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari & Gelman (2018), Validating Bayesian inference algorithms with simulation-based calibration.
    """
    base, arm = base_market()
    prior = hidden_worlds(base)
    seen = [calibrated(prior, world, arm, 1_000 * seed + i) for i, world in enumerate(prior.drawn(n_worlds, seed))]
    lines = [f"sbc: {n_worlds} hidden worlds, by quarter of {N_DRAWS} draws; p below {LEVEL:.4f} would be no luck"]
    for name in seen[0].truth:
        ranks = np.array([int((one.drawn[name] < one.truth[name]).sum()) for one in seen])
        z = np.array([(one.truth[name] - one.drawn[name].mean()) / one.drawn[name].std(ddof=1) for one in seen])
        counts, p = uniform_ranks(ranks)
        lines.append(f"sbc: {name}: {counts.tolist()}, p = {p:.3f}, z {z.mean():+.2f} with sd {z.std(ddof=1):.2f}")
    return lines


def uniform_ranks(ranks: Ints) -> tuple[Ints, float]:
    """How many ranks (n,) lie in each part of 0 to ``N_DRAWS``, and the p-value of that many in each being luck."""
    counts = np.bincount(ranks * N_CELLS // (N_DRAWS + 1), minlength=N_CELLS)
    return counts, float(stats.chisquare(counts).pvalue)
