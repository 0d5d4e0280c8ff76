"""Files of visits whose truth is known: clients drawn from the definition of a form, in markets that stay as they are or drift."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.forecasting.forms import Form
from sim.forecasting.kernels import AFTER_VISIT, AGEING

FIRST_DAY = 17_167
"""Day 0 of a planted file, since 1970-01-01: 2017-01-01."""
DRIFTS = ("none", "walk", "step")
Range = tuple[float, float]
COMMON: dict[str, Range] = {"rate_shape": (0.8, 2.5), "rate_weeks": (4.0, 16.0)}
RANGES: dict[str, dict[str, Range]] = {
    "bg": {"drop_a": (0.5, 1.2), "drop_b": (1.5, 4.0)},
    "mbg": {"drop_a": (0.5, 1.2), "drop_b": (1.5, 4.0)},
    "pareto": {"lifetime_shape": (0.5, 1.2), "lifetime_weeks": (8.0, 30.0)},
    "ageing": {"lifetime_shape": (0.5, 1.2), "lifetime_weeks": (1.5, 5.0), "ageing_per_week": (0.02, 0.06)},
    "lapsing": {
        "drop_a": (0.5, 1.2),
        "drop_b": (1.5, 4.0),
        "lapse_odds": (0.1, 0.4),
        "lapse_size": (2.0, 6.0),
        "lapse_gaps": (2.0, 4.0),
    },
}
"""From which parameters are drawn, evenly."""
REGULAR: dict[str, Range] = {"gap_shape": (1.5, 8.0), "gap_shape_log_sd": (0.3, 0.7)}


@dataclass(frozen=True)
class World:
    """A file to be planted."""

    form: Form
    values: Mapping[str, float]
    n: int
    weeks: int
    """Of the past."""
    ahead: int
    drift: str = "none"
    """One of ``DRIFTS``: of the common rate, by a random walk all along, or by a step when the past ends."""
    seed: int = 0

    @property
    def until_day(self) -> int:
        """Last day of the past."""
        return FIRST_DAY + 7 * self.weeks - 1


def values_of(form: Form, random: np.random.Generator) -> dict[str, float]:
    """Parameters of a form, at random."""
    ranges = COMMON | RANGES[form.ending] | REGULAR
    return {name: float(random.uniform(*ranges[name])) for name in form.free}


def visits_of_world(world: World) -> Visits:
    """The file of a world: its past and what follows. Clients begin evenly over the past."""
    random = np.random.default_rng((world.seed, 1))
    pace = np.ones(world.weeks + world.ahead)
    if world.drift == "walk":
        # by a tenth in a quarter
        pace *= np.exp(np.cumsum(0.1 / np.sqrt(13) * random.standard_normal(len(pace))))
    elif world.drift == "step":
        pace[world.weeks :] *= 1 + random.choice([-1, 1]) * random.uniform(0.2, 0.3)
    return drawn(world.form, world.values, random.uniform(0, world.weeks, world.n), pace, random)


def drawn(form: Form, values: Mapping[str, float], joins: Floats, pace: Floats, random: np.random.Generator) -> Visits:
    """Visits of clients drawn from the definition of a form.

    Parameters
    ----------
    joins
        (n,) week of the first visit of each.
    pace
        (n_weeks,) by how much faster all come in each week of the file than they would; ones for a market that stays as it is.
    """
    n, end = len(joins), float(len(pace))
    weeks, reached = np.arange(len(pace) + 1.0), np.r_[0.0, np.cumsum(pace)]
    rate = random.gamma(values["rate_shape"], 1 / values["rate_weeks"], n)
    k = values.get("gap_shape", 1.0) * np.exp(values.get("gap_shape_log_sd", 0.0) * random.standard_normal(n))
    leave, life = np.zeros(n), np.full(n, np.inf)
    if form.dropout <= AFTER_VISIT:
        leave = random.beta(values["drop_a"], values["drop_b"], n)
    else:
        life = random.exponential(size=n) / random.gamma(values["lifetime_shape"], 1 / values["lifetime_weeks"], n)
        if form.dropout == AGEING:
            life = np.log1p(life) / values["ageing_per_week"]
    lapse = np.zeros(n)
    if form.ending == "lapsing":
        share = values["lapse_odds"] / (1 + values["lapse_odds"])
        lapse = random.beta(share * values["lapse_size"], (1 - share) * values["lapse_size"], n)
    there = np.ones(n, np.bool_) if form.dropout != AFTER_VISIT else random.random(n) >= leave
    now = np.interp(joins, weeks, reached)
    client, week = [np.arange(n)], [joins]
    while there.any():
        lapses = random.random(n) < lapse
        gap = np.where(lapses, values.get("lapse_gaps", 1.0) * random.exponential(size=n), random.gamma(k) / k)
        now = now + gap / np.maximum(rate, 1e-12)
        at = np.interp(now, reached, weeks, right=np.inf)
        there &= (at < end) & (at - joins < life)
        client.append(np.flatnonzero(there))
        week.append(at[there])
        there &= random.random(n) >= leave
    rows = np.stack([np.concatenate(client), FIRST_DAY + np.floor(7 * np.concatenate(week)).astype(np.int64)], axis=1)
    # one visit a client and day
    who, day = np.unique(rows, axis=0).T
    return Visits(who, day, np.zeros(len(who), np.int64), np.zeros(n, np.bool_), {}, {}, {}, np.full(len(who), np.nan), False)


KINDS = (
    Form("bg"),
    Form("mbg", "common"),
    Form("mbg", "varied"),
    Form("pareto"),
    Form("pareto", "common"),
    Form("ageing", "varied"),
    Form("lapsing", "common"),
)
"""Of markets that are planted."""


def worlds(n_steady: int, n_drifting: int, seed: int = 0) -> list[World]:
    """Files of 150 to 1,500 clients over one or two years, of one kind after the other; those that drift come last."""
    found = []
    for i in range(n_steady + n_drifting):
        random = np.random.default_rng((seed, i))
        form = KINDS[i % len(KINDS)]
        n, weeks = int(np.exp(random.uniform(np.log(150), np.log(1_500)))), int(random.choice([52, 78, 104]))
        drift = "none" if i < n_steady else DRIFTS[1 + i % 2]
        found.append(World(form, values_of(form, random), n, weeks, int(random.choice([13, 26, 39])), drift, 1_000 * seed + i))
    return found
