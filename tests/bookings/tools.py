"""Files as ten tools export them, with a known truth, in three dialects: the tool's own, saved again by a French spreadsheet, and
as a warehouse keeps them."""

import csv
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PARIS = ZoneInfo("Europe/Paris")
FIRST_NAMES = ("Anna", "Ben", "Chloé", "Dan", "Eva", "Finn", "Gina", "Hugo")
LAST_NAMES = ("Abel", "Brun", "Costa", "Dahl", "Evans", "Fort")
PROS = ("Zoë", "Anaïs", "Marc", "Ines")
SERVICES = (("Haircut", 45.0, 45), ("Brushing", 32.5, 30), ("Colour", 89.9, 120), ("Beard trim", 18.0, 30))
DONE, CANCELLED, NO_SHOW, PENDING = range(4)
LAST_DAY = dt.datetime(2023, 12, 1)
GOODS_EVERY, NAMELESS_EVERY = 10, 40
"""Of the till and of the payments: bookings that are goods, or have no customer."""


@dataclass(frozen=True)
class Booking:
    """One row of the truth."""

    n: int
    client: int
    start: dt.datetime
    made: dt.datetime
    pro: int
    service: int
    status: int

    @property
    def first(self) -> str:
        return FIRST_NAMES[self.client % len(FIRST_NAMES)]

    @property
    def last(self) -> str:
        return LAST_NAMES[self.client // len(FIRST_NAMES)]

    @property
    def email(self) -> str:
        return f"{self.first}.{self.last}@example.org".lower().replace("é", "e")

    @property
    def phone(self) -> str:
        return f"+33 6 12 34 {self.client:02d} {self.client:02d}"

    @property
    def price(self) -> float:
        return SERVICES[self.service][1]

    @property
    def minutes(self) -> int:
        return SERVICES[self.service][2]

    @property
    def end(self) -> dt.datetime:
        return self.start + dt.timedelta(minutes=self.minutes)


def bookings() -> list[Booking]:
    """150 bookings of 48 clients through 2023, by the order of their start."""
    draws = np.random.default_rng(11)
    found = []
    for n in range(150):
        day = dt.datetime(2023, 1, 2) + dt.timedelta(days=int(draws.integers(0, 350)))
        start = day + dt.timedelta(minutes=30 * int(draws.integers(18, 37)))
        made = start - dt.timedelta(minutes=int(draws.integers(600, 30_000)))
        status = PENDING if start >= LAST_DAY else int(draws.choice(3, p=(0.8, 0.12, 0.08)))
        client = n if n < 48 else int(draws.integers(0, 48))
        found.append(Booking(n, client, start, made, int(draws.integers(0, 4)), int(draws.integers(0, 4)), status))
    return sorted(found, key=lambda booking: (booking.start, booking.n))


Value = Any
Columns = dict[str, Callable[[Booking], Value]]


@dataclass(frozen=True)
class Tool:
    """How a tool exports its bookings."""

    columns: Columns
    """By heading: what stands there, as a value; dates and times are written by the dialect."""
    mapping: dict[str, str | list[str]]
    """Which heading is what."""
    statuses: dict[int, str]
    """By status of the truth: how such a row ends; nothing: the file does not tell, and all are taken as done."""
    moment: str = "%Y-%m-%d %H:%M:%S"
    """How it writes a date with a time, a date, a time, an amount, and yes and no."""
    day: str = "%Y-%m-%d"
    clock: str = "%H:%M:%S"
    amount: str = "{:.2f}"
    answers: tuple[str, str] = ("true", "false")
    delimiter: str = ","


def by_status(*texts: str) -> Callable[[Booking], str]:
    return lambda booking: texts[booking.status]


def customer(prefix: str) -> Callable[[Booking], str]:
    return lambda booking: f"{prefix}{10_000 + 37 * booking.client}"


def full_name(booking: Booking) -> str:
    return f"{booking.first} {booking.last}"


def constant(value: Value) -> Callable[[Booking], Value]:
    return lambda booking: value


TOLD = {DONE: "done", CANCELLED: "cancelled_by_client", NO_SHOW: "no_show", PENDING: "left_out"}

TOOLS: dict[str, Tool] = {
    "acuity": Tool(
        {
            "Start Time": lambda b: b.start,
            "End Time": lambda b: b.end,
            "First Name": lambda b: b.first,
            "Last Name": lambda b: b.last,
            "Phone": lambda b: b.phone,
            "Email": lambda b: b.email,
            "Type": lambda b: SERVICES[b.service][0],
            "Calendar": lambda b: PROS[b.pro],
            "Appointment Price": lambda b: b.price,
            "Paid?": lambda b: "yes" if b.n % 2 else "no",
            "Amount Paid Online": lambda b: b.price if b.n % 2 else 0.0,
            "Certificate Code": constant(""),
            "Notes": lambda b: "prefers mornings" if b.n % 9 == 0 else "",
            "Date Scheduled": lambda b: b.made.date(),
            "Label": constant(""),
            "Scheduled By": constant(""),
        },
        {
            **{"client": "Email", "date": "Start Time", "end": "End Time", "requested": "Date Scheduled", "pro": "Calendar"},
            **{"service": "Type", "price": "Appointment Price"},
        },
        {},
        moment="%B %d, %Y %I:%M %p",
    ),
    "square": Tool(
        {
            "Date": lambda b: b.start.date(),
            "Time": lambda b: b.start.time(),
            "Time Zone": constant("Paris"),
            "Category": constant("Hair"),
            "Item": lambda b: SERVICES[b.service][0] if b.n % GOODS_EVERY else "Shampoo 250 ml",
            "Qty": constant(1.0),
            "Price Point Name": constant("Regular"),
            "SKU": constant(""),
            "Gross Sales": lambda b: b.price + 5,
            "Discounts": constant(-5.0),
            "Net Sales": lambda b: b.price,
            "Tax": constant(0.0),
            "Transaction ID": lambda b: f"T{b.n:05d}x",
            "Payment ID": lambda b: f"P{b.n:05d}y",
            "Device Name": constant("Till"),
            "Notes": constant(""),
            "Event Type": by_status("Payment", "Payment", "Refund", "Payment"),
            "Location": lambda b: ("Bastille", "Nation")[b.n % 2],
            "Customer ID": customer("SQ"),
            "Customer Name": full_name,
            "Customer Reference ID": constant(""),
            "Employee": lambda b: PROS[b.pro],
            "Itemization Type": lambda b: "Service" if b.n % GOODS_EVERY else "Physical Good",
        },
        {
            **{
                "client": "Customer ID",
                "date": "Date",
                "time": "Time",
                "order": "Transaction ID",
                "pro": "Employee",
                "service": "Item",
            },
            **{"price": "Net Sales", "status": "Event Type", "zone": "Location"},
        },
        {DONE: "done", CANCELLED: "done", NO_SHOW: "left_out", PENDING: "done"},
        amount="${:,.2f}",
    ),
    "fresha": Tool(
        {
            "Appt. ref.": lambda b: f"{b.n:08X}",
            "Client": full_name,
            "Team member": lambda b: PROS[b.pro],
            "Status": by_status("Completed", "Cancelled", "No-show", "Booked"),
            "Created date": lambda b: b.made.date(),
            "Scheduled date": lambda b: b.start.date(),
            "Cancelled date": lambda b: b.made.date() if b.status == CANCELLED else "",
            "Category": constant("Hair"),
            "Service": lambda b: SERVICES[b.service][0],
            "Duration (mins)": lambda b: b.minutes,
            "Appt. slot": lambda b: b.start.time(),
            "Created by": constant("Online"),
            "Cancelled by": lambda b: "Client" if b.status == CANCELLED else "",
            "Net sales": lambda b: b.price,
            "Cancellation reason": constant(""),
        },
        {
            **{
                "client": "Client",
                "date": "Scheduled date",
                "time": "Appt. slot",
                "requested": "Created date",
                "order": "Appt. ref.",
            },
            **{"pro": "Team member", "service": "Service", "duration_minutes": "Duration (mins)", "price": "Net sales"},
            **{"status": "Status"},
        },
        TOLD,
        day="%d %b %Y",
        clock="%I:%M%p",
        amount="€{:.2f}",
    ),
    "mindbody": Tool(
        {
            "Date": lambda b: b.start.date(),
            "Day": lambda b: f"{b.start:%A}",
            "Time": lambda b: b.start.time(),
            "Client ID": lambda b: f"{100_000_000 + b.client:09d}",
            "Client": lambda b: f"{b.last}, {b.first}",
            "Visit Service Category": constant("Hair"),
            "Visit Type": lambda b: SERVICES[b.service][0],
            "Pricing Option": constant("Single session"),
            "Visits Rem.": constant(0),
            "Staff": lambda b: PROS[b.pro],
            "Visit Location": lambda b: ("Bastille", "Nation")[b.n % 2],
            "Late Cancel": by_status("No", "Yes", "No", "No"),
            "No-show": by_status("No", "No", "Yes", "No"),
            "Booking Method": lambda b: ("Online", "Phone")[b.n % 2],
            "Rev. per Visit": lambda b: b.price,
        },
        {
            **{
                "client": "Client ID",
                "date": "Date",
                "time": "Time",
                "pro": "Staff",
                "service": "Visit Type",
                "zone": "Visit Location",
            },
            **{"status": "Late Cancel", "channel": "Booking Method", "price": "Rev. per Visit"},
        },
        {DONE: "done", CANCELLED: "cancelled_by_client", NO_SHOW: "left_out", PENDING: "done"},
        day="%m/%d/%Y",
        clock="%I:%M %p",
        amount="${:.2f}",
    ),
    "microsoft_bookings": Tool(
        {
            "Date Time": lambda b: b.start,
            "Customer Name": full_name,
            "Customer Email": lambda b: b.email,
            "Customer Phone": lambda b: b.phone,
            "Customer Address": constant(""),
            "Staff": lambda b: PROS[b.pro],
            "Staff Name": lambda b: PROS[b.pro],
            "Staff Email": lambda b: f"pro{b.pro}@example.org",
            "Service": lambda b: SERVICES[b.service][0],
            "Location": constant(""),
            "Duration (mins.)": lambda b: b.minutes,
            "Pricing Type": constant("FixedPrice"),
            "Price": lambda b: b.price,
            "Currency": constant("EUR"),
            "Cc Attendees": constant(""),
            "Signed Up Attendees Count": constant(1),
            "Text Notifications Enabled": constant(False),
            "Custom Fields": constant("{}"),
            "Event Type": constant("Booking"),
            "Booking Id": lambda b: f"AAMk{b.n:06d}=",
            "Tracking Data": constant("{}"),
        },
        {
            **{"client": "Customer Email", "date": "Date Time", "order": "Booking Id", "pro": "Staff", "service": "Service"},
            **{"duration_minutes": "Duration (mins.)", "price": "Price"},
        },
        {},
        moment="%m/%d/%Y %H:%M",
        delimiter="\t",
    ),
    "bookly": Tool(
        {
            "No.": lambda b: b.n + 1,
            "Appointment date": lambda b: b.start,
            "Employee": lambda b: PROS[b.pro],
            "Customer name": full_name,
            "Customer phone": lambda b: b.phone,
            "Customer email": lambda b: b.email,
            "Service": lambda b: SERVICES[b.service][0],
            "Duration": lambda b: "2 h" if b.minutes == 120 else f"{b.minutes} min",
            "Status": by_status("Done", "Cancelled", "No-show", "Approved"),
            "Payment": lambda b: b.price,
            "Notes": constant(""),
            "Created": lambda b: b.made,
        },
        {
            **{
                "client": "Customer email",
                "date": "Appointment date",
                "requested": "Created",
                "pro": "Employee",
                "service": "Service",
            },
            **{"duration_minutes": "Duration", "status": "Status"},
        },
        TOLD,
        moment="%B %d, %Y %I:%M %p",
    ),
    "shopify": Tool(
        {
            "Name": lambda b: f"#{1001 + b.n}",
            "Email": lambda b: b.email,
            "Financial Status": by_status("paid", "voided", "refunded", "pending"),
            "Paid at": lambda b: b.start + dt.timedelta(minutes=1),
            "Fulfillment Status": constant("fulfilled"),
            "Fulfilled at": lambda b: b.start + dt.timedelta(minutes=2),
            "Accepts Marketing": constant("no"),
            "Currency": constant("EUR"),
            "Subtotal": lambda b: b.price,
            "Shipping": constant(0.0),
            "Taxes": constant(0.0),
            "Total": lambda b: b.price,
            "Discount Code": constant(""),
            "Discount Amount": constant(0.0),
            "Created at": lambda b: b.start,
            "Lineitem quantity": constant(1),
            "Lineitem name": lambda b: SERVICES[b.service][0],
            "Billing Name": full_name,
            "Billing City": constant("Paris"),
            "Cancelled at": constant(""),
            "Refunded Amount": constant(0.0),
            "Vendor": constant("Salon"),
            "Id": lambda b: 4_500_000_000_000 + b.n,
            "Source": constant("web"),
        },
        {
            **{"client": "Email", "date": "Created at", "order": "Name", "service": "Lineitem name", "price": "Total"},
            **{"status": "Financial Status", "channel": "Source"},
        },
        {DONE: "done", CANCELLED: "left_out", NO_SHOW: "left_out", PENDING: "left_out"},
        moment="%Y-%m-%d %H:%M:%S +0100",
    ),
    "stripe": Tool(
        {
            "id": lambda b: f"ch_{b.n:024d}",
            "Created date (UTC)": lambda b: b.start,
            "Amount": lambda b: b.price,
            "Amount Refunded": lambda b: b.price if b.status == NO_SHOW else 0.0,
            "Currency": constant("eur"),
            "Captured": constant(True),
            "Converted Amount": lambda b: b.price,
            "Converted Amount Refunded": constant(0.0),
            "Decline Reason": constant(""),
            "Description": lambda b: f"Booking {b.n}",
            "Fee": constant(0.9),
            "Status": by_status("Paid", "Failed", "Refunded", "Paid"),
            "Seller Message": constant("Payment complete."),
            "Card ID": lambda b: f"card_{b.client}",
            "Customer ID": lambda b: "" if b.n % NAMELESS_EVERY == 0 else f"cus_{10_000 + b.client}",
            "Customer Email": lambda b: "" if b.n % NAMELESS_EVERY == 0 else b.email,
            "Invoice ID": constant(""),
        },
        {"client": "Customer ID", "date": "Created date (UTC)", "price": "Amount", "status": "Status"},
        {DONE: "done", CANCELLED: "left_out", NO_SHOW: "left_out", PENDING: "done"},
    ),
    "calendly": Tool(
        {
            "Event UUID": lambda b: f"e-{b.n:012d}",
            "Team": constant("Salon"),
            "User Name": lambda b: PROS[b.pro],
            "User Email": lambda b: f"pro{b.pro}@example.org",
            "Invitee Name": full_name,
            "Invitee First Name": lambda b: b.first,
            "Invitee Last Name": lambda b: b.last,
            "Invitee Email": lambda b: b.email,
            "Invitee Time Zone": constant("Europe/Paris"),
            "Text Reminder Number": constant(""),
            "Event Type Name": lambda b: SERVICES[b.service][0],
            "Start Date & Time": lambda b: b.start,
            "End Date & Time": lambda b: b.end,
            "Location": constant(""),
            "Event Created Date & Time": lambda b: b.made,
            "Canceled": lambda b: b.status == CANCELLED,
            "Canceled By": lambda b: full_name(b) if b.status == CANCELLED else "",
            "Cancellation reason": constant(""),
            "Marked as No-Show": lambda b: "Yes" if b.status == NO_SHOW else "No",
        },
        {
            **{
                "client": "Invitee Email",
                "date": "Start Date & Time",
                "end": "End Date & Time",
                "requested": "Event Created Date & Time",
            },
            **{"pro": "User Name", "service": "Event Type Name", "status": "Canceled", "order": "Event UUID"},
        },
        {DONE: "done", CANCELLED: "cancelled_by_client", NO_SHOW: "left_out", PENDING: "done"},
        moment="%Y-%m-%d %I:%M %p",
    ),
    "cal_com": Tool(
        {
            "Booking UID": lambda b: f"{b.n:022d}q",
            "Title": lambda b: f"{SERVICES[b.service][0]} between {PROS[b.pro]} and {full_name(b)}",
            "Status": by_status("ACCEPTED", "CANCELLED", "REJECTED", "PENDING"),
            "Start Time": lambda b: b.start,
            "End Time": lambda b: b.end,
            "Attendee Name": full_name,
            "Attendee Email": lambda b: b.email,
            "Event Type": lambda b: SERVICES[b.service][0],
            "Location": lambda b: f"https://example.org/video/{b.n}",
        },
        {
            **{
                "client": "Attendee Email",
                "date": "Start Time",
                "end": "End Time",
                "order": "Booking UID",
                "service": "Event Type",
            },
            **{"status": "Status"},
        },
        {DONE: "done", CANCELLED: "cancelled_by_client", NO_SHOW: "unfilled", PENDING: "left_out"},
    ),
}
DIALECTS = ("own", "french", "warehouse")


def snake(heading: str) -> str:
    """A heading as a warehouse has it."""
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def written(value: Value, tool: Tool, french: bool) -> str:
    """A value as a text of the tool, or of a French spreadsheet."""
    if isinstance(value, bool):
        return (("VRAI", "FAUX") if french else tool.answers)[not value]
    if isinstance(value, dt.datetime):
        return value.strftime("%d/%m/%Y %H:%M" if french else tool.moment)
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y" if french else tool.day)
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S" if french else tool.clock)
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", ",") if french else tool.amount.format(value)
    return str(value)


def stored(value: Value) -> Value:
    """A value as a warehouse keeps it: instants in UTC, statuses and the like as they are."""
    return value.replace(tzinfo=PARIS).astimezone(dt.UTC) if isinstance(value, dt.datetime) else value


def write(folder: Path, name: str, dialect: str) -> Path:
    """The file of a tool in a dialect; as a warehouse, every other tool is Parquet."""
    tool = TOOLS[name]
    rows = [[value(booking) for value in tool.columns.values()] for booking in bookings()]
    headings = list(tool.columns)
    if dialect != "warehouse":
        path = folder / f"{name}_{dialect}.{'tsv' if tool.delimiter == chr(9) and dialect == 'own' else 'csv'}"
        french = dialect == "french"
        with path.open("w", encoding="cp1252" if french else "utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";" if french else tool.delimiter)
            writer.writerow(headings)
            writer.writerows([written(value, tool, french) for value in row] for row in rows)
        return path
    columns = {snake(heading): [stored(row[i]) for row in rows] for i, heading in enumerate(headings)}
    if list(TOOLS).index(name) % 2:
        table = {}
        for heading, values in columns.items():
            empty = [None if value == "" else value for value in values]
            table[heading] = pa.array(empty) if any(value is not None for value in empty) else pa.array(empty, pa.string())
        path = folder / f"{name}.parquet"
        pq.write_table(pa.table(table), path)
        return path
    path = folder / f"{name}_warehouse.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        moments = [
            [v.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(v, dt.datetime) else v for v in values] for values in columns.values()
        ]
        writer.writerows(zip(*moments, strict=True))
    return path
