"""The log of a finished run: facts only, as tables of columns, saved as Parquet.

Metrics decide the meaning later: warm-up and maturation are windows applied to this log. Ticks of the engine appear as days from
the start of the run; something that did not happen is nan (a time), -1 (a pro) or 0 (a rating).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]

CATEGORIES: dict[tuple[str, str], str] = {
    ("bookings", "outcome"): "outcomes",
    ("bookings", "service"): "services",
    ("bookings", "first_answer"): "answers",
    ("clients", "service"): "services",
    ("clients", "channel"): "channels",
    ("pros", "main_service"): "services",
    ("offers", "answer"): "answers",
    ("spend", "programme"): "programmes",
    ("spend", "kind"): "spend_kinds",
    ("ledger", "kind"): "ledger_kinds",
}
"""Columns that hold a position in a list of names (of ``RunLog.names``), and are saved as those names."""

TABLES = (
    "clients",
    "pros",
    "bookings",
    "scores",
    "truth_pros",
    "truth_refreshes",
    "truth_clients",
    "offers",
    "months",
    "spend",
    "ledger",
    "choices",
)


@dataclass(frozen=True)
class RunLog:
    """Everything that happened in one run.

    Each table maps a column's name to an array with one entry a row.
    """

    clients: Columns
    """client, arrival_days, channel, zone, service, acquisition_cost_eur. One row a client who was acquired, by increasing number;
    when marketing does not buy everybody within reach, or clients bring others, numbers are missing. ``referrer`` with a referral
    programme: who brought the client, or -1. ``group`` in an experiment that randomises clients: 1 if treated at some time."""
    pros: Columns
    """pro, joined_days, left_days, weekly_hours, home_zone, main_service. ``joined_days`` is nan for a pro who found too little to
    join. ``group`` in an experiment that randomises pros: 1 if treated."""
    bookings: Columns
    """One row a request, in order: who, when, slot, stage, favourite, offers, pro, propensity, outcome, lateness, rating, money.

    ``discount_eur`` is what programmes took off the price, ``refund_eur`` what was paid back for lateness; both are in
    ``contribution_eur``. With tiers also ``tier``, the status at a completed session (0: none). In an experiment also ``group`` of
    the request (1 treated, 0 control) and ``first_period``, in which its client made the first request (0, 1, ... from the start
    of the experiment); -1 before and after it."""
    scores: Columns
    """One row a refresh and active pro: value, counted, clients behind it, sessions and offers until then, visibility relative to
    the active pros' mean, standard error of the value. In an experiment these are the control's, and ``treated_value`` and
    ``treated_visibility`` say the same of the treated arm: its score, and what a treated request sees."""
    truth_pros: Columns
    """Latent traits of pros at rest and the return propensity that follows; never visible to a policy. ``effort`` at the end of
    the run if pros adapt, ``reluctance`` if they select. Where quality moves, they are those of pros without practice, drift and
    load, who differ as much as those who drift do at any instant; how good each is when is in ``truth_refreshes``."""
    truth_clients: Columns
    """Latent traits of clients. If they can be drawn off the platform, also when the client went private and with which pro, and
    when a need went to a competitor."""
    offers: Columns
    """One row an offer; empty unless ``log_offers``."""
    names: Mapping[str, tuple[str, ...]]
    """Names behind coded columns: outcomes, answers, services, channels."""
    facts: Mapping[str, float]
    """horizon_days, warmup_days, payback_bookings, late_from_minutes, and the score's
    min_sessions and min_clients_behind (nan if it has none)."""
    months: Columns = field(default_factory=dict)
    """One row a month: clients within reach, share and number bought, budget, spend, contribution; no columns unless acquisition
    is paid out of contribution."""
    spend: Columns = field(default_factory=dict)
    """One row a cost of a programme that is not a discount, by day: client, booking (row, or -1), days, programme, kind, cost_eur
    (negative: an income); no columns without programmes. What a programme costs in all is the sum of ``cost_eur`` and of the
    bookings' ``discount_eur``."""
    truth_refreshes: Columns = field(default_factory=dict)
    """The rows of ``scores``, with the pro's true return propensity in the week from that refresh on, effort left out; no columns
    unless quality moves. See ``truth_of_scores``."""
    ledger: Columns = field(default_factory=dict)
    """One row a change of a client's points, by day: client, days, booking (row, or -1), kind (earned, redeemed, expired), points
    (> 0), balance afterwards; no columns without a points programme."""

    choices: Columns = field(default_factory=dict)
    """One row a candidate of each choice that the platform made, in order; no columns unless ``log_choices``: ``booking`` (row),
    ``attempt``, ``race_days`` (when), ``pro``, ``weight`` (>= 0, as it went into the draw), ``asked`` (0: was not; 1, 2, ...: in
    which order). An offer's propensity is its weight over the sum of weights of those not asked before, in the order of the rows;
    1 where offers go strictly by weight, and unknown where an experiment merges orders. A favourite who is asked first was not
    chosen and has no row, nor has a choice that the client made from a list."""

    def truth_of_scores(self) -> NDArray[np.float64]:
        """True return propensity of the pro in each row of ``scores``: as it was at that refresh, if quality moves."""
        if self.truth_refreshes:
            return self.truth_refreshes["return_propensity"]
        return self.truth_pros["return_propensity"][self.scores["pro"]]

    def latest_truth(self) -> NDArray[np.float64]:
        """True return propensity of each pro, (n_pros,), at the last refresh that saw the pro; at rest for one whom none saw."""
        truth = np.array(self.truth_pros["return_propensity"])
        # rows are in order of refreshes: the last assignment wins
        truth[self.scores["pro"]] = self.truth_of_scores()
        return truth

    def arrow(self, table: str) -> pa.Table:
        """One table as an Arrow table, names instead of codes."""
        columns: dict[str, Any] = {}
        for name, values in getattr(self, table).items():
            kind = CATEGORIES.get((table, name))
            if kind is None:
                columns[name] = pa.array(values)
            else:
                codes = pa.array(np.asarray(values, np.int32), mask=np.asarray(values) < 0)
                columns[name] = pa.DictionaryArray.from_arrays(codes, pa.array(list(self.names[kind]), pa.string()))
        return pa.table(columns)

    def save(self, folder: Path) -> None:
        """Write each table that has columns as ``<table>.parquet`` into an existing folder."""
        for table in TABLES:
            if not getattr(self, table):
                continue
            pq.write_table(self.arrow(table), folder / f"{table}.parquet", compression="zstd", use_dictionary=False)

    def digest(self) -> str:
        """Fingerprint of every value of every table (64 hex digits): equal for equal logs, whatever the file format."""
        digest = hashlib.sha256()
        for table in TABLES:
            for name, values in getattr(self, table).items():
                digest.update(f"{table}.{name}:{values.dtype}:{len(values)}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def load_table(folder: Path, table: str) -> pa.Table:
    """One saved table, as it was written by ``RunLog.save``."""
    return pq.read_table(folder / f"{table}.parquet")
