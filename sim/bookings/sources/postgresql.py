"""PostgreSQL, read and never written."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

import pyarrow as pa
import pyarrow.compute as pc

from sim.bookings.sheet import Sheet
from sim.bookings.sources.database import QUERY, named, statement, table_of
from sim.bookings.sources.tables import sheet_from
from sim.config import ConfigError

SCHEMES = ("postgresql://", "postgres://")
SECRETS = ("password", "sslpassword", "oauth_client_secret")
"""What an address must not hold beside a password before the host."""
LISTED = """
SELECT table_schema::text, table_name::text FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


def refuse_password(address: str) -> None:
    """Refuse an address with a password, which would stand in manifests and pages; the message does not hold it.

    Raises
    ------
    ConfigError
        It is the address of a server and holds a password.

    Examples
    --------
    >>> refuse_password("postgresql://reader@db/shop?sslmode=require")
    """
    scheme, is_address, rest = address.partition("://")
    if not is_address or not scheme.isidentifier():
        return
    given = {name.casefold() for name, _ in parse_qsl(rest.partition("?")[2])}
    if given & set(SECRETS) or ":" in rest.rpartition("@")[0].split("@")[0]:
        shown = f"{scheme}://{re.split('[:/@?]', rest, maxsplit=1)[0]}…"
        rule = "must not hold a password: set the environment variable PGPASSWORD, or use the file .pgpass"
        raise ConfigError(f"data = {shown!r}, {rule}")


def read_postgresql(url: str, wanted: Sequence[str] | None = None, table: str | None = None) -> Sheet:
    """A table of a PostgreSQL database; a password comes from PGPASSWORD or the password file of PostgreSQL.

    Raises
    ------
    ConfigError
        The address holds a password; no connection; see ``read_file``.
    """
    refuse_password(url)
    address, _, options = url.partition("?")
    given = dict(parse_qsl(options))

    def refuse(rule: str) -> ConfigError:
        return ConfigError(f"data = {url!r}, {rule}")

    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise refuse("is a PostgreSQL database: pip install 'mission-dispatch-sim[sql]'") from None
    given["options"] = f"{given.get('options', '')} -c default_transaction_read_only=on".strip()
    try:
        with dbapi.connect(f"{address}?{urlencode(given, quote_via=quote)}") as connection, connection.cursor() as cursor:
            cursor.execute(LISTED)
            tables = named(cursor.fetchall(), "public")
            query, notes = statement(tables, table, refuse)
            cursor.execute(query)
            found = table_of(cursor.fetch_record_batch(), wanted)
    except Error as error:
        raise refuse(f"cannot be read: {' '.join(str(error).split())[:200]}") from None
    if not found.num_rows:
        raise refuse("holds no rows in that table")
    name = table if table is not None and not QUERY.match(table) else address.rpartition("/")[2]
    return sheet_from(_in_units(found), name, wanted, notes)


def _in_units(table: pa.Table) -> pa.Table:
    """Amounts of type ``money``, which come in hundredths, in units of the currency."""
    for i, field in enumerate(table.schema):
        if (field.metadata or {}).get(b"POSTGRESQL:type") == b"money" and pa.types.is_integer(field.type):
            table = table.set_column(i, field.name, pc.divide(pc.cast(table[i], pa.float64()), 100))
    return table
