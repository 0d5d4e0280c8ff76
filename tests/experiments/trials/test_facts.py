"""Tables for experiment platforms say what the lab says."""

import csv
import io
import re
import sqlite3

import pytest

from experiments.trials.facts import platform_tables
from experiments.trials.platforms import DEFINITIONS, FACTS_SQL, GROWTHBOOK_FACTS_SQL, GROWTHBOOK_SQL, files
from sim.designs.client import Client
from sim.engine.run import simulate
from sim.engine.trial import Trial
from sim.estimators.means import difference
from sim.metrics.cohort import Cohort
from sim.metrics.newcomers import PREFIX, newcomers
from tests.markets import arm, market

MARKET = market("horizon_days=280", "warmup_days=20")
TRIAL = Trial(arm("rating"), Client(0.5), 30.0, 60.0)
VARIATIONS = ("it's", 'a "+b" arm')


@pytest.fixture(scope="module")
def log():
    return simulate(MARKET, arm("uniform"), 1, 0, trial=TRIAL)


@pytest.fixture(scope="module")
def split(log):
    return TRIAL.split(MARKET, int(log.bookings["client"].max()) + 1, 0)


@pytest.fixture(scope="module")
def written(log, split):
    return files(platform_tables(log, split, "x; DROP TABLE y", VARIATIONS))


@pytest.fixture(scope="module")
def database(written):
    connection = sqlite3.connect(":memory:")
    connection.executescript(written["tables.sql"])
    for table, file in (("dispatch_assignments", "assignments.csv"), ("dispatch_facts", "facts.csv")):
        header, *rows = csv.reader(io.StringIO(written[file]))
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        assert columns == header
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)  # noqa: S608
    yield connection
    connection.close()


TOO_EARLY = """
SELECT COUNT(*) FROM dispatch_facts f JOIN dispatch_assignments a USING (client_id) WHERE f.occurred_at < a.first_exposure_at
"""
PER_VARIATION = """
SELECT variation, AVG(hit), AVG(total) FROM (
    SELECT a.variation, a.client_id, COUNT(f.client_id) > 0 AS hit, COALESCE(SUM(f.value), 0) AS total
    FROM dispatch_assignments a LEFT JOIN dispatch_facts f ON f.client_id = a.client_id AND f.event = ?
    AND CAST(strftime('%s', f.occurred_at) AS INTEGER) - CAST(strftime('%s', a.first_exposure_at) AS INTEGER)
        BETWEEN 0 AND ? * 86400
    GROUP BY a.variation, a.client_id
) GROUP BY variation
"""


@pytest.mark.parametrize("name", ["returned_6m", "returned_60d", "completed", "contribution_6m_eur"])
def test_a_metric_worked_out_from_the_tables_is_the_labs_own_estimate(log, split, database, name: str) -> None:
    one = next(each for each in DEFINITIONS if each.name == name)
    rows = database.execute(PER_VARIATION, (one.event, one.within_days or 183)).fetchall()
    found = {variation: hit if one.is_share else total for variation, hit, total in rows}
    columns = newcomers(Cohort(log), split)
    expected = difference(columns[PREFIX + name], columns[PREFIX + "group"] == 1)
    assert found[VARIATIONS[1]] - found[VARIATIONS[0]] == pytest.approx(expected.estimate, abs=1e-9)
    # in this market nobody misses or cancels a first session
    assert abs(expected.estimate) > 1e-4 or name == "completed"


def test_a_guardrail_worked_out_from_the_tables_is_that_of_the_bookings(log, database) -> None:
    (share,) = database.execute(
        "SELECT SUM(CASE event WHEN 'booking' THEN 1.0 ELSE 0 END) / SUM(event = 'request') FROM dispatch_facts"
    ).fetchone()
    assert 0.5 < share <= 1
    (clients, rows) = database.execute("SELECT COUNT(DISTINCT client_id), COUNT(*) FROM dispatch_assignments").fetchone()
    assert clients == rows > 500


def test_queries_run_and_give_the_names_that_each_platform_asks_for(database) -> None:
    for sql, names in (
        (GROWTHBOOK_SQL, ["user_id", "timestamp", "experiment_id", "variation_id"]),
        (GROWTHBOOK_FACTS_SQL, ["user_id", "timestamp", "event", "value"]),
        (FACTS_SQL, ["client_id", "occurred_at", "event", "value"]),
    ):
        assert [column[0] for column in database.execute(sql).description] == names


def test_times_are_iso_8601_in_utc_and_no_fact_is_from_before_its_exposure(written, database) -> None:
    for row in list(csv.DictReader(io.StringIO(written["facts.csv"])))[::97]:
        assert re.fullmatch(r"2024-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["occurred_at"])
    assert database.execute(TOO_EARLY).fetchone() == (0,)
    # day 30 of a run that begins on Monday, 1 January
    assert database.execute("SELECT MIN(first_exposure_at) >= '2024-01-31' FROM dispatch_assignments").fetchone() == (1,)


def test_the_same_experiment_gives_the_same_bytes(log, split, written) -> None:
    assert files(platform_tables(log, split, "x; DROP TABLE y", VARIATIONS)) == written
