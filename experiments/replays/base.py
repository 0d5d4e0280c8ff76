"""The base of a replay: what the file says became of its requests, beside what became of them under the control."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.execution.run_set import RunSet
from experiments.replays.plan import Replay
from sim.arrays import Flags, Ints
from sim.bookings.columns import DONE, MEANINGS, UNFILLED
from sim.calibration.base_fit import FIGURES, BaseFit, By, Happened, base_fit
from sim.log import load_table

MOST_UNTOLD = 0.02
"""Share of requests without a zone or service above which the file cannot be divided by it: they are drawn in the simulation."""


def base_of(replay: Replay, runs: RunSet) -> BaseFit:
    """Hold the replications of the control against the file, from their tables in the store.

    Where clients come back as in the file, returns are not compared.
    """
    plan = replay.plan
    control = plan.options.control
    file = in_the_file(replay)
    asked, started = bool((replay.requests.asked_day >= 0).any()), bool((replay.requests.start_day >= 0).any())
    services = [service.name for service in plan.market.services]
    simulated = (in_a_run(plan.store / key, services, asked, started) for (arm, _), key in runs.keys.items() if arm == control)
    names: dict[By, Sequence[str]] = {"zone": _zone_names(replay), "service": services}
    figures = FIGURES if replay.keys.mode == "first_requests" else FIGURES[1:]
    return base_fit(control, file, simulated, replay.first_day, plan.market.horizon_days, names, figures)


def in_the_file(replay: Replay) -> Happened:
    """The requests of the file that are replayed or stood in for, and what it says became of them.

    A request without a status found a pro and, where the file has no statuses at all, took place: the file holds it.
    """
    requests, stream = replay.requests, replay.stream
    told = replay.bookings.rows.has_status
    groups: dict[By, Ints] = {}
    own: tuple[tuple[By, Ints], ...] = (("zone", stream.zone), ("service", stream.service))
    for by, codes in own:
        if (codes < 0).mean() <= MOST_UNTOLD:
            groups[by] = codes
    return Happened(
        client=requests.client,
        new=~requests.known[requests.client],
        asked_day=requests.day - replay.first_day,
        visit_day=np.where(requests.start_day >= 0, requests.start_day, requests.asked_day) - replay.first_day,
        found_pro=requests.status != MEANINGS.index(UNFILLED),
        completed=requests.status == DONE if told else np.ones(len(requests.client), np.bool_),
        groups=groups,
    )


def in_a_run(folder: Path, services: Sequence[str], asked: bool, started: bool) -> Happened:
    """The requests of a stored run and what became of them.

    Parameters
    ----------
    services
        Names in the order of their codes.
    asked, started
        Whether the file says when a request was made, and for when; the other instant stands for one that it does not say.
    """
    bookings, clients = load_table(folder, "bookings"), load_table(folder, "clients")
    client = _column(bookings, "client")
    # a run of drawn requests knows nobody beforehand
    known = _column(clients, "known") if "known" in clients.column_names else np.zeros(clients.num_rows, np.bool_)
    known = known[np.searchsorted(_column(clients, "client"), client)]
    request_day = np.floor(_column(bookings, "request_days")).astype(np.int64)
    start_day = np.floor(_column(bookings, "start_days")).astype(np.int64)
    return Happened(
        client=client,
        new=~known.astype(np.bool_),
        asked_day=request_day if asked else start_day,
        visit_day=start_day if started else request_day,
        found_pro=np.isfinite(_column(bookings, "assigned_days")),
        completed=_is(bookings.column("outcome"), "completed"),
        groups={"zone": _column(bookings, "zone"), "service": _codes(bookings.column("service"), services)},
    )


def _zone_names(replay: Replay) -> list[str]:
    """The file's name of each zone of the market; empty for one that it does not use."""
    names = [""] * replay.plan.market.zones
    if "zone" in replay.requests.labels:
        labels = replay.requests.labels["zone"]
        zones, rows = np.unique(replay.stream.zone, return_index=True)
        for zone, row in zip(zones.tolist(), rows.tolist(), strict=True):
            if zone >= 0:
                names[zone] = replay.requests.names["zone"][labels[row]]
    return names


def _column(table: Any, name: str) -> Any:
    return table.column(name).to_numpy()


def _is(column: Any, name: str) -> Flags:
    return np.array([value == name for value in column.to_pylist()], np.bool_)


def _codes(column: Any, names: Sequence[str]) -> Ints:
    position = {name: i for i, name in enumerate(names)}
    return np.array([position[name] for name in column.to_pylist()], np.int64)
