"""A warehouse such as docs/use/warehouse.md supposes, with the SQL of that page."""

import re
from pathlib import Path

import duckdb

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "use" / "warehouse.md"
RAW = """
CREATE TABLE appointments AS
SELECT
    i AS id,
    CASE WHEN i % 97 = 0 THEN NULL ELSE client END AS customer,
    TIMESTAMP '2023-01-02 09:00:00' + INTERVAL (day) DAY + INTERVAL (30 * (i % 16)) MINUTE AS slot_start,
    slot_start - INTERVAL (1 + i % 5) DAY AS created_at,
    45 AS minutes,
    CASE WHEN state = 'nobody free' THEN NULL ELSE 'staff ' || (i % 6) END AS staff,
    'cut' AS treatment, 'north' AS district, 'web' AS source, state, 30.0 + i % 20 AS paid
FROM (
    SELECT
        row_number() OVER (ORDER BY client, visit) AS i,
        client,
        5 * (client % 71) + visit * (20 + client % 29) + (31 * client + 17 * visit) % 31 AS day,
        coalesce(
            ['cancelled', 'no-show', 'cancelled by staff', 'nobody free', 'asked'][1 + (7 * client + 3 * visit) % 10], 'completed'
        ) AS state
    FROM range(120) AS c(client), range(8) AS v(visit)
    WHERE visit <= client % 8
);
CREATE TABLE fact_bookings AS
SELECT customer AS user_id, slot_start AS timestamp, 'completed' AS status, paid AS amount FROM appointments
WHERE state = 'completed' AND customer IS NOT NULL;
CREATE TABLE experiment_viewed AS
SELECT
    user_id, min(timestamp) + INTERVAL (CASE WHEN user_id % 5 = 0 THEN 30 ELSE 0 END) DAY AS timestamp,
    'dispatch-2024' AS experiment_id,
    CASE WHEN user_id % 10 < 8 THEN '0' ELSE '1' END AS variation_id
FROM fact_bookings GROUP BY user_id;
INSERT INTO experiment_viewed VALUES (7, '2023-06-01', 'dispatch-2024', '1'), (8, '2023-01-01', 'price-2023', '1');
"""


def shown(language: str) -> list[str]:
    """Blocks of a language on the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def model() -> str:
    """The query of the table ``bookings``, with its source as the database knows it."""
    return re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", shown("sql")[0])


def make_shop(folder: Path) -> Path:
    """A DuckDB file with raw tables and ``bookings``, and beside it the query of the page."""
    (folder / "control.sql").write_text(shown("sql")[1])
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(RAW)
        # a comment before a query is no part of a statement that makes a table
        connection.execute(f"CREATE TABLE bookings AS {model().split(chr(10), 1)[1]}")
    return path
