"""The columns of a dispatch log that hold several values."""

import numpy as np
import pyarrow as pa
import pytest

from sim.bookings.candidates import Candidates, candidates_of
from sim.bookings.columns import Columns
from sim.bookings.sources.tables import sheet_of
from sim.config import ConfigError, load


def read(pros: list[str], candidates: list[object], propensities: list[str] | None = None, keep_ids: bool = False) -> Candidates:
    table = {"client": list(map(str, range(len(pros)))), "date": ["2024-01-01"] * len(pros), "pro": pros, "could": candidates}
    mapping = {"client": "client", "date": "date", "pro": "pro", "candidates": "could", "keep_ids": keep_ids}
    if propensities is not None:
        table["chance"] = propensities
        mapping["propensity"] = "chance"
    return candidates_of(sheet_of(pa.table(table), "log.csv", None), load(Columns, mapping, "columns"), np.ones(len(pros), bool))


def test_lists_are_read_as_people_and_programs_write_them() -> None:
    found = read(["bea", "ann", "ann"], ["ann| bea |zoe", '["ann", "bea"]', ""], [".2|.3|.5", "[0.25, 0.75]", ""])
    assert found.rows.tolist() == [0, 1]
    assert found.counts.tolist() == [3, 2]
    assert found.names == ("ann", "bea", "zoe")
    assert found.n_booked == 2
    assert found.pros.tolist() == [0, 1, 2, 0, 1]
    assert found.chosen.tolist() == [1, 0]
    np.testing.assert_allclose(found.propensities, [0.2, 0.3, 0.5, 0.25, 0.75])
    assert not found.only_chosen


def test_a_column_of_lists_is_one_too() -> None:
    assert read(["ann"], [["ann", "bea"]]).pros.tolist() == [0, 1]


def test_others_share_what_the_chosen_leaves() -> None:
    found = read(["bea", "ann"], ["ann|bea|cem", "ann"], ["0,5", "1"])
    np.testing.assert_allclose(found.propensities, [0.25, 0.5, 0.25, 1.0])
    assert found.only_chosen


def test_propensities_may_be_missing() -> None:
    assert read(["ann"], ["ann|bea"]).propensities is None


@pytest.mark.parametrize(
    ("pro", "candidates", "propensity", "message"),
    [
        ("ann", "bea|cem", None, "row 1: columns.pro = 'ann', must be among the 2 of columns.candidates"),
        ("ann", "ann|bea|bea", None, "must name each pro once"),
        ("ann", "ann|bea", "1.2", r"columns.propensity = 1.2, must be within \(0, 1\]"),
        ("ann", "ann|bea", "0|1", r"columns.propensity = 0\|1, must be within \(0, 1\]"),
        ("ann", "ann|bea", "high", r"columns.propensity = high, must be within \(0, 1\]"),
        ("ann", "ann|bea", ".5|.3", "must sum to 1 over all candidates, not to 0.8"),
        ("ann", "ann|bea", ".5|.3|.2", "must be one number, that of the chosen, or 2, one a candidate"),
        ("ann", "ann", ".5", "must be 1 for a single candidate"),
        ("ann", " ", None, "no first booking of a new client in log.csv names a candidate"),
    ],
)
def test_what_cannot_be_is_refused(pro: str, candidates: str, propensity: str | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read([pro], [candidates], None if propensity is None else [propensity], keep_ids=True)


def test_names_are_not_shown_unless_they_may_be() -> None:
    with pytest.raises(ConfigError, match=r"columns.pro = a pro, must be among"):
        read(["ann"], ["bea"])
