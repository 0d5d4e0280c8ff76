from dataclasses import replace

import numpy as np

from sim.engine.run import simulate
from sim.metrics.loyalty_report import loyalty_report
from tests.markets import arm, market
from tests.programmes.presets import preset


def test_points_are_told_by_service_by_client_and_by_month():
    # service 0: bookings 0 and 2; service 2: booking 1
    service = np.array([0, 2, 0])
    rows = [  # client, day, booking, kind, points, balance
        (7, 1.0, 0, 0, 60, 60),
        (3, 2.0, 1, 0, 40, 40),
        (7, 40.0, 2, 1, 50, 10),
        (7, 40.0, 2, 0, 55, 65),
        (3, 62.0, -1, 2, 40, 0),
    ]
    ledger = dict(
        zip(("client", "days", "booking", "kind", "points", "balance"), map(np.array, zip(*rows, strict=True)), strict=True)
    )
    report = loyalty_report(ledger, service, 3, 91.0)
    assert {name: column.tolist() for name, column in report.by_service.items()} == {
        "service": [0, 1, 2], "sessions": [2, 0, 1], "earned": [115, 0, 40], "redeemed": [50, 0, 0],
    }  # fmt: skip
    assert {name: column.tolist() for name, column in report.by_client.items()} == {
        "client": [3, 7], "earned": [40, 115], "redeemed": [0, 50], "expired": [40, 0], "balance": [0, 65],
    }  # fmt: skip
    months = {name: column.tolist() for name, column in report.by_month.items() if name != "start_days"}
    assert months == {
        "month": [0, 1, 2], "earned": [100, 55, 0], "redeemed": [0, 50, 0], "expired": [0, 0, 40], "outstanding": [100, 105, 65],
    }  # fmt: skip


def test_the_report_of_a_run_adds_up():
    world = market("horizon_days=200", "warmup_days=0", "clients.arrivals_per_day=4", preset="personal_care")
    log = simulate(world, replace(arm("uniform"), programmes=(preset("points", expiry_days=50),)), 1)
    report = loyalty_report(log.ledger, log.bookings["service"], 4, 200.0)
    earned = log.ledger["points"][log.ledger["kind"] == 0].sum()
    assert report.by_service["earned"].sum() == report.by_client["earned"].sum() == report.by_month["earned"].sum() == earned > 0
    assert report.by_month["outstanding"][-1] == report.by_client["balance"].sum()
    assert (report.by_client["balance"] >= 0).all()


def test_a_run_without_points_gives_zeros():
    nothing = {name: np.zeros(0, np.int64) for name in ("client", "booking", "kind", "points", "balance")} | {"days": np.zeros(0)}
    report = loyalty_report(nothing, np.zeros(0, np.int64), 2, 31.0)
    assert report.by_service["earned"].tolist() == [0, 0]
    assert len(report.by_client["client"]) == 0
    assert report.by_month["outstanding"].tolist() == [0, 0]
