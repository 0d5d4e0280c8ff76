import math

import numpy as np
import pytest

from sim.calibration.reader import Reader
from sim.calibration.served import recent_flow, served_in_file, served_in_run
from tests.calibration.test_findings import world
from tests.calibration.test_team import shop
from tests.markets import arm, market, run

NOON = ",".join(["0"] * 12 + ["1"] + ["0"] * 11)
NIGHT_PROS = (
    "pros.open_all_hours=false",
    "pros.work_hours=[1,1]",
    "pros.start_hour=[3,3]",
    f"requests.start_hour_weights=[{NOON}]",
)


def test_a_file_serves_what_found_a_pro() -> None:
    reader = Reader(shop(), 899, market(preset="personal_care"))
    served = served_in_file(reader, 900)
    # 3600 bookings and 900 requests without a pro; four visits a day; of 3 hours worked a pro two are busy
    assert served.fill_rate == pytest.approx(0.8)
    assert served.visits_per_day == 4
    assert served.utilisation == pytest.approx(2 / 3)
    # a file without pros or hours does not say how busy anybody was
    assert math.isnan(served_in_file(Reader(world(), 920, market(preset="personal_care")), 0).utilisation)


def test_the_flow_is_that_of_the_last_year_or_after_a_cohort_began() -> None:
    # two visits a day for 500 days, then four
    growing = shop(day=np.sort(np.r_[np.arange(1000) // 2, 500 + np.arange(2600) // 4]))
    flow = recent_flow(Reader(growing, 1149, market(preset="personal_care")))
    assert (flow.per_day, flow.days, flow.cohort_days) == (4, 364, 0)
    # 300 clients on day 0, a third of whom come again, one a day from day 1 on: all days after the first in whole weeks
    client = np.sort(np.r_[np.arange(300), np.arange(0, 300, 3)])
    second = np.r_[False, np.diff(client) == 0]
    cohort = world(
        300, client=client, day=np.where(second, 1 + client // 3, 0), status=np.zeros(400, np.int64), hour=np.full(400, np.nan)
    )
    flow = recent_flow(Reader(cohort, 100, market(preset="personal_care")))
    assert (flow.per_day, flow.days, flow.cohort_days) == (1, 98, 1)
    # 28 days have to follow
    shorter = [recent_flow(Reader(cohort, day, market(preset="personal_care"))) for day in (28, 27)]
    assert shorter[0].per_day == 1
    assert math.isnan(shorter[1].per_day)


def test_a_run_serves_what_its_log_says() -> None:
    log = run(market("clients.arrivals_per_day=2", "pros.n=2", "horizon_days=200", "warmup_days=50"), arm("uniform"))
    served = served_in_run(log)
    asked = log.bookings["request_days"] >= 50
    assert served.fill_rate == pytest.approx(np.isfinite(log.bookings["assigned_days"][asked]).mean())
    # one service of an hour, pros around the clock
    assert served.utilisation == pytest.approx(served.visits_per_day / 2 / 24)
    # pros who work at night only serve nobody who comes at noon: an outcome like any other
    nobody = served_in_run(run(market("clients.arrivals_per_day=2", "horizon_days=60", *NIGHT_PROS), arm("uniform")))
    assert (nobody.fill_rate, nobody.visits_per_day, nobody.utilisation) == (0, 0, 0)


def test_a_pro_who_did_not_join_offers_no_hours() -> None:
    keys = ("clients.arrivals_per_day=2", "pros.n=4", "pros.share_at_start=.5", "horizon_days=200", "warmup_days=50")
    wants = ("pros.entering.enabled=true", "pros.entering.reservation_sessions_per_week=1000")
    log = run(market(*keys, *wants), arm("uniform"))
    assert np.isfinite(log.pros["joined_days"]).tolist() == [True, True, False, False]
    served = served_in_run(log)
    # two pros around the clock, sessions of an hour
    assert served.utilisation == pytest.approx(served.visits_per_day / 2 / 24)
