r"""Known clients for the simulator: who each of them is, drawn from the members of an ensemble as they are weighed.

The simulator's clients leave after visits. A client with an exponential lifetime of hazard :math:`\mu` does the same, exactly, with
other numbers: of gaps Gamma(k, k rate) those survived are Gamma(k, k rate + mu), and one is not with probability
:math:`1 - (k\,rate / (k\,rate + \mu))^k`. Where lifetimes age, the hazard is that of today.
"""

import numpy as np

from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.calibration.forecast import Drawn
from sim.calibration.histories import WEEK_DAYS
from sim.forecasting.ahead import clients_drawn
from sim.forecasting.ensemble import Ensemble
from sim.forecasting.first_visits import known_clients
from sim.forecasting.fit import Terms, terms
from sim.forecasting.kernels import AFTER_VISIT, LIFETIME
from sim.forecasting.shock import shock_of


class EnsembleClients:
    """What the histories of known clients leave possible, forms and common shock included.

    Parameters
    ----------
    ensemble
        Fitted to the past.
    needs
        The past, by client and day.
    until_day
        Its last day.
    horizon_days
        How far ahead the clients are simulated: the common shock grows with it.
    """

    def __init__(self, ensemble: Ensemble, needs: Visits, until_day: int, horizon_days: int) -> None:
        self.ensemble, self.until_day = ensemble, until_day
        self.seen = {pace: known_clients(needs, until_day, pace) for pace in {member.pace for member in ensemble.members}}
        self.shock = shock_of(ensemble.errors, horizon_days / WEEK_DAYS, ensemble.drift.widening)

    def draw(self, generator: np.random.Generator) -> Drawn:
        """One draw of who is still there, in the order of the histories, of their traits, and of when each needs something next."""
        which = int(generator.choice(len(self.ensemble.weights), p=self.ensemble.weights))
        member = self.ensemble.members[which]
        found, seen = member.fitted, self.seen[member.pace]
        at = found.drawn(1, generator)[0]
        (clients,) = clients_drawn(found, at, seen, generator)
        there = clients[:, 0] > 0
        rate, shape, wait, leave = clients[:, 0], clients[:, 1], clients[:, 2], clients[:, 3].copy()
        if found.form.dropout > AFTER_VISIT:
            hazard = _hazards(terms(found.form, at, seen), found.form.dropout == LIFETIME, seen.age, generator)
            there &= generator.random(len(seen)) < np.exp(-hazard * wait)
            survives = np.where(there, shape * rate / np.maximum(shape * rate + hazard, 1e-300), 0.0) ** np.maximum(shape, 1e-9)
            leave, rate = 1 - survives, rate + hazard / np.maximum(shape, 1e-9)
        # what the clock has in a week of today, and all living faster or slower than before
        day = np.array([self.until_day, self.until_day + int(WEEK_DAYS)])
        pace = float(np.diff(member.pace(day))[0]) / WEEK_DAYS * self.shock.factor(generator)
        rows = np.flatnonzero(there)
        return Drawn(
            index=rows,
            rate_per_day=np.maximum(rate[rows] * pace, 1e-12) / WEEK_DAYS,
            gap_shape=shape[rows],
            lapse_share=clients[rows, 5],
            leave=leave[rows],
            next_days=wait[rows] * WEEK_DAYS / pace,
        )


def _hazards(said: Terms, constant: bool, age: Floats, generator: np.random.Generator) -> Floats:
    """Hazards a week (n,) of clients who stay, given that they have stayed for ``age`` weeks: Gamma again, as lifetimes are."""
    shape, scale = said.end_shape, said.end_weeks
    if constant:
        return generator.standard_gamma(shape) / (scale + age)
    ageing = said.values["ageing_per_week"]
    grown = np.exp(np.minimum(ageing * age, 600.0))
    return generator.standard_gamma(shape) / (scale + grown - 1) * ageing * grown
