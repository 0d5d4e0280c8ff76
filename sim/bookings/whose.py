"""Of each row: whose it is, what happened to it, and whether the mapping leaves it out."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from sim.arrays import Flags, Ints
from sim.bookings.cells import MOST_UNREADABLE, Cells, codes_of, distinct, plain_heading
from sim.bookings.columns import LEFT_OUT, MEANINGS
from sim.bookings.identity import client_codes
from sim.bookings.sources.joined import FILE
from sim.bookings.texts import EMPTY
from sim.config import ConfigError
from sim.said import say

MANY = 50
"""Rows from which on chance does not make each client of a file come once: assumption."""
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2}")
"""A long number that a spreadsheet shows with few of its digits."""
TOTAL = re.compile(
    r"\W*(grand |sub-?)?\s*(totals?|totaux|summe|gesamt\w*|zwischensumme|sous-total|somme|totale|totaal|suma)\b.*", re.IGNORECASE
)


def clients_of(reading: Cells) -> Ints:
    """Codes of the clients; those who stand for many are left out."""
    codes, names = codes_of(reading.values("client"))
    _refuse_rounded(reading, codes, names)
    found = client_codes(codes, names)
    reading.warnings += found.warnings
    known = found.codes[found.codes >= 0]
    if len(known) >= MANY and len(np.unique(known)) == len(known):
        what = say("each row has a client of its own: is {column} the number of the booking?", column=reading.heading("client"))
        reading.warnings.append(what)
    _leave_totals(reading, codes >= 0)
    reading.leave("anonymous", found.anonymous)
    return np.where(found.anonymous, -1, found.codes)


def _leave_totals(reading: Cells, named: Flags) -> None:
    """Lines of totals, which lack a client or a date: a service may be called so. ``named`` (n,): rows with a client."""
    total = np.zeros(reading.n, np.bool_)
    whole = named.copy()
    for meaning in ("client", "date", "pro", "service", "status"):
        if meaning not in reading or not reading.is_text(meaning):
            continue
        here = distinct(reading.values(meaning), TOTAL.fullmatch)
        total |= here
        if meaning in ("client", "date"):
            whole &= ~here
    if total.any():
        reading.leave("total", total & ~(whole & (codes_of(reading.values("date"))[0] >= 0)))


def _refuse_rounded(reading: Cells, codes: Ints, names: Sequence[str]) -> None:
    """Refuse ids that a spreadsheet has rounded: different clients have the same one."""
    rounded = np.array([*(bool(ROUNDED.fullmatch(name)) for name in names), False])[codes]
    n, filled = int(rounded.sum()), int((codes >= 0).sum())
    if n > MOST_UNREADABLE * filled:
        raise ConfigError(
            f"columns.client = {reading.heading('client')}: {n} of {filled} values of {reading.sheet.name} have lost digits in a"
            f" spreadsheet, such as {names[codes[int(rounded.argmax())]]!r}, must be at most {MOST_UNREADABLE:.0%}: export the ids"
            " as texts"
        )


def statuses_of(reading: Cells) -> Ints:
    """What became of each booking, -1 where the file does not say; rows whose status is no booking are left out."""
    columns = reading.columns
    status = np.full(reading.n, -1 if columns.status is not None else 0)
    if isinstance(columns.constant_status, str):
        status[:] = MEANINGS.index(columns.constant_status)
    elif columns.constant_status is not None:
        codes, files = codes_of(reading.sheet.columns[FILE]) if FILE in reading.sheet.columns else (np.zeros(reading.n, int), ())
        there = files or (reading.sheet.name,)
        for file, meaning in columns.constant_status.items():
            if file not in there:
                raise ConfigError(f"columns.constant_status.{file} = {meaning}, must be by file; there are: {', '.join(there)}")
            status[codes == there.index(file)] = MEANINGS.index(meaning)
    if "status" in reading:
        codes, names = codes_of(reading.values("status"))
        plain = {plain_heading(value): meaning for value, meaning in columns.statuses.items()}
        meant = [columns.statuses.get(name, plain.get(plain_heading(name.removesuffix(".0")))) for name in names]
        counts = np.bincount(codes[(codes >= 0) & (reading.fate < 0)], minlength=len(names))
        unknown = [
            f"{name!r} ({n} rows)"
            for name, meaning, n in zip(names, meant, counts, strict=True)
            if meaning is None and n and name.casefold() not in EMPTY
        ]
        if unknown:
            raise ConfigError(
                f"columns.statuses, must say what {reading.heading('status')} = {', '.join(unknown)} mean: {', '.join(MEANINGS)}"
            )
        found = np.array([*(-1 if meaning is None else MEANINGS.index(meaning) for meaning in meant), -1])[codes]
        empty = columns.statuses.get("")
        otherwise = status if empty is None else np.where(status < 0, MEANINGS.index(empty), status)
        status = np.where(found >= 0, found, otherwise)
    n = int(((status < 0) & (reading.fate < 0)).sum())
    if "status" in reading and n > MOST_UNREADABLE * reading.n:
        what = say(
            "{column} is empty in {n} rows, which are no visits: statuses can say what an empty one means",
            column=reading.heading("status"),
            n=n,
        )
        reading.warnings.append(what)
    reading.leave("status", status == MEANINGS.index(LEFT_OUT))
    return status


def leave_others(reading: Cells) -> None:
    """Rows that the mapping says are no visit."""
    for heading, values in reading.columns.left_out.items():
        text = reading.values(f"left_out.{heading}")
        wanted = {plain_heading(value) for value in values}
        reading.leave("value", distinct(text, lambda name, wanted=wanted: plain_heading(name) in wanted))
        there = {plain_heading(name) for name in codes_of(text)[1]}
        for value in values:
            if plain_heading(value) not in there:
                reading.warnings.append(say("left_out: {column} = {value} is in no row", column=heading, value=value))


def truth_of(text: str) -> bool:
    """Whether a text says yes."""
    return text.casefold() in ("1", "1.0", "true", "yes", "y", "x", "oui", "ja", "si", "sim")


def hashed(names: Sequence[str], key: Sequence[str]) -> tuple[str, ...]:
    """Names that tell nobody apart from others by who they are, by a key that only the file gives."""
    secret = hashlib.blake2b("\0".join(key).encode(), digest_size=32).digest()
    return tuple(hashlib.blake2b(name.encode(), key=secret, digest_size=6).hexdigest() for name in names)
