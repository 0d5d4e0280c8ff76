import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from sim.bookings.columns import CANCELLED_BY_CLIENT
from sim.calibration.file_market import read_findings
from sim.calibration.reader import Reader
from sim.calibration.redrawn import drawn_anew, moved_as, read_again, shrunk, staying
from tests.calibration.test_findings import FIT, MODEL, world
from tests.markets import market


def test_a_client_is_drawn_with_all_bookings() -> None:
    visits = world(6)
    # clients 0 and 3 come twice
    anew = drawn_anew(visits, np.array([3, 1, 3]))
    assert anew.client.tolist() == [0, 0, 1, 2, 2]
    assert anew.day.tolist() == [3, 13, 1, 3, 13]
    assert anew.n_clients == 3
    assert drawn_anew(visits, np.empty(0, np.int64)).n_clients == 0


def test_draws_move_as_far_as_the_number_did() -> None:
    # a share on the scale of log odds: from .2 to .5 is log 4 further
    moved = moved_as("pros.late_share", np.array([0.2, 0.1]), 0.5, 0.2)
    assert moved == pytest.approx([0.5, special.expit(special.logit(0.1) + math.log(4))])
    # what is positive by a factor, the rest by a difference
    assert moved_as("clients.arrivals_per_day", np.array([2.0, 3.0]), 4.0, 2.0) == pytest.approx([4, 6])
    assert moved_as("stay.late", np.array([-1.0, 0.5]), -2.0, -1.0) == pytest.approx([-2, -0.5])
    # nothing was moved
    assert moved_as("pros.late_share", np.array([0.3]), 0.2, 0.2).tolist() == [0.3]


def test_draws_of_fewer_clients_are_drawn_nearer() -> None:
    # a quarter of the clients: twice as far as all of them would be
    assert shrunk("clients.arrivals_per_day", np.array([4.0, 9.0]), 1.0, 0.5) == pytest.approx([2, 3])
    assert shrunk("rating.late", np.array([-3.0]), -2.0, 0.5) == pytest.approx([-2.5])


def test_clients_who_stay_more_often_differ_as_much() -> None:
    # .3 + .6: two thirds stay; 1.2 times as often .8
    model = staying(MODEL, 1.2)
    assert (model.drop_a, model.drop_b) == (pytest.approx(0.18), pytest.approx(0.72))
    assert staying(MODEL, 9.0).drop_b < 0.9


def test_a_file_is_known_as_well_as_its_clients_are_many() -> None:
    def ends(client: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.where(~second & (client % 3 == 1), CANCELLED_BY_CLIENT, 0)

    reader = Reader(world(has_status=True, status=ends), 920, market(preset="personal_care"))
    read = read_findings(reader, FIT)
    models = [replace(MODEL, gap_shape=shape) for shape in np.linspace(3, 4, 40)]
    found = read_again(reader, models, read, read.found, np.random.default_rng(1))
    assert found.n == 40
    # each draw has its client model
    assert found.values["clients.gap_shape"] == pytest.approx(np.linspace(3, 4, 40))
    # of 600 clients who had a visit: 4 % (sd of a sd over 40 draws: a ninth of it)
    log_arrivals = np.log(found.values["clients.arrivals_per_day"])
    assert log_arrivals.std() == pytest.approx(600**-0.5, rel=0.35)
    assert log_arrivals.mean() == pytest.approx(math.log(600 / 898), abs=0.025)
    # 300 of 1200 bookings, clients alike in pairs: near the binomial sd of the log odds, 1 / sqrt(1200 * .25 * .75)
    cancelled = special.logit(found.values["sessions.client_cancellation_share"])
    assert cancelled.std() == pytest.approx((1200 * 0.25 * 0.75) ** -0.5, rel=0.4)
    # lists, whole numbers and what is the same in all draws are none
    assert "requests.start_weekday_weights" not in found.values
    assert "clients.one_time_share" not in found.values


def test_what_the_market_does_not_have_from_the_file_is_not_drawn() -> None:
    reader = Reader(world(), 920, market(preset="personal_care"))
    read = read_findings(reader, FIT)
    models = [replace(MODEL, gap_shape=shape) for shape in (3.0, 4.0)]
    without = [one for one in read.found if one.key != "clients.arrivals_per_day"]
    found = read_again(reader, models, read, without, np.random.default_rng(1))
    assert "clients.arrivals_per_day" not in found.values
    assert read_again(reader, [], read, read.found, np.random.default_rng(1)).n == 0
