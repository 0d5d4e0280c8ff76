"""How well a column suits each meaning: a score from 0 to 1, by what its heading speaks about and what its values could be.

Ids and addresses are better clients than names, a start is a better date than a day, and what values cannot be takes a score away.
"""

from collections.abc import Callable

import numpy as np

from sim.bookings.column_values import NEARLY_ALL, Values
from sim.bookings.status_words import FLAGS, plain_words, statuses_of_values

MOST_STATUSES = 40
MOST_LABELS = 500
FEWEST_CLIENTS = 5
MANY_USERS = 30
NO_CLIENT = frozenset(
    {
        *("pro", "place", "service", "item", "notes", "no_show", "cancelled", "status", "kind", "channel", "price", "not_price"),
        *("date", "time", "start", "end", "made", "days", "duration", "zone_of_time", "first", "last_name", "rating"),
    }
)
NO_SERVICE = frozenset(
    {"date", "time", "price", "duration", "id", "status", "client", "pro", "not_price", "notes", "place", "made"}
)
"""Ideas of a heading that cannot be that of a client, or of a service."""
Score = Callable[[Values], float]
NOT_PRICE = frozenset({"not_price", "id", "date", "late", "lead", "other", "kind", "duration"})
NAMED: dict[str, Callable[[frozenset[str]], bool]] = {
    "price": lambda ideas: "price" in ideas and not ideas & NOT_PRICE,
    "duration_minutes": lambda ideas: "duration" in ideas or ("minute" in ideas and not ideas & {"late", "lead"}),
    "minutes_late": lambda ideas: "late" in ideas and "cancelled" not in ideas,
    "rating": lambda ideas: "rating" in ideas,
    "lead_days": lambda ideas: "lead" in ideas and bool(ideas & {"days", "time"}),
}
"""By meaning of a number: whether a heading of these ideas speaks of it."""


def client_score(values: Values) -> float:
    """How well a heading and its values suit a client: an id, an address, a name, in this order."""
    ideas = values.ideas
    role = "client" in ideas
    if ideas & NO_CLIENT:
        return 0.0
    if "phone" in ideas:
        score = 0.6 if role else 0.0
    elif "id" in ideas:
        # an app's users are its clients, unless they are few
        score = 1.0 if role else 0.0 if "user" not in ideas else 0.85 if values.n_distinct >= MANY_USERS else 0.6
    elif "email" in ideas:
        score = 0.95 if role or not ideas & {"user", "billing"} else 0.4
    elif "name" in ideas:
        score = 0.88 if role else 0.6 if not ideas & {"user", "visit", "booking", "order", "item", "billing"} else 0.0
    else:
        score = 0.92 if role and "title" not in ideas else 0.3 if role else 0.0
    if not score or values.n_distinct < FEWEST_CLIENTS or values.is_date:
        return 0.0
    # what no two rows share is rather an id of the row, and what half of the rows lack does not tell clients apart
    rows = max(values.filled_share * len(values.whole), 1)
    if values.n_distinct > 0.98 * rows:
        score -= 0.1 if role else 0.3
    return score * min(1.0, 0.5 + values.filled_share * 0.6)


def start_score(values: Values) -> float:
    """How well a column of dates suits the visit itself."""
    ideas = values.ideas
    if ideas & {"other", "cancelled", "zone_of_time"} or ("end" in ideas and "start" not in ideas):
        return 0.0
    if "made" in ideas:
        return 0.45
    if "start" in ideas:
        return 1.0
    if "visit" in ideas or "service" in ideas:
        return 0.95
    if "scheduled" in ideas:
        return 0.85
    if ideas & {"booking", "order"}:
        return 0.75
    return 0.9 if ideas & {"date", "time"} else 0.5


def requested_score(values: Values) -> float:
    """How well a column of dates suits the moment of the booking."""
    ideas = values.ideas
    if ideas & {"other", "cancelled", "end", "zone_of_time", "start"}:
        return 0.0
    return 0.95 if "made" in ideas else 0.8 if "scheduled" in ideas else 0.65 if ideas & {"booking", "order"} else 0.0


def end_score(values: Values) -> float:
    """How well a column of dates suits the end of the visit."""
    return 0.9 if "end" in values.ideas and not values.ideas & {"other", "cancelled", "made"} else 0.0


def _few(values: Values) -> bool:
    """Whether a column has labels that many rows share."""
    return 1 <= values.n_distinct <= min(MOST_LABELS, max(2, values.filled_share * len(values.whole) / 2))


def pro_score(values: Values) -> float:
    """How well a column suits who does the work."""
    ideas = values.ideas
    if ideas & {"phone", "notes", "cancelled", "made", "date", "price", "title", "not_price"} or not _few(values):
        return 0.0
    if "pro" in ideas:
        return 0.8 if "email" in ideas else 0.88 if "id" in ideas else 0.95
    if "calendar" in ideas:
        return 0.85
    return 0.6 if "user" in ideas and "name" in ideas else 0.0


def service_score(values: Values) -> float:
    """How well a column suits what was done."""
    ideas = values.ideas
    if ideas & NO_SERVICE or not _few(values) or values.is_date:
        return 0.0
    if "service" in ideas:
        return 0.95 if not ideas & {"kind", "category"} else 0.9
    if "item" in ideas:
        return 0.8
    return 0.6 if "kind" in ideas and len(ideas) == 1 else 0.57 if "title" in ideas and len(ideas) == 1 else 0.0


def zone_score(values: Values) -> float:
    """How well a column suits where the visit is."""
    ideas = values.ideas
    if ideas & {"billing", "id", "phone"} - ({"id"} if "place" in ideas else set()) or not _few(values) or values.n_distinct < 2:
        return 0.0
    return 0.85 if "place" in ideas else 0.0


def channel_score(values: Values) -> float:
    """How well a column suits how the booking came about."""
    ideas = values.ideas
    return 0.8 if "channel" in ideas and not ideas & {"order", "card", "id", "price"} and _few(values) else 0.0


def price_score(values: Values) -> float:
    """How well a column suits what was charged."""
    ideas = values.ideas
    if not NAMED["price"](ideas):
        return 0.0
    if values.share(np.isfinite(values.numbers.values)) < 0.9 or values.filled_share < 0.3:
        return 0.0
    words = set(plain_words(values.heading).split())
    score = 0.95 if words & {"price", "prix", "preis", "precio", "prezzo", "preco", "prijs", "tarif"} else 0.9
    score -= 0.1 if "cents" in ideas else 0.0
    return score - (0.15 if "item" in ideas else 0.0) - (0.05 if "gross" in words else 0.0) - (0.1 if "total" in words else 0.0)


def duration_score(values: Values) -> float:
    """How well a column suits how long the visit is."""
    return 0.9 if NAMED["duration_minutes"](values.ideas) and values.between(values.minutes.values, 1, 1440) >= NEARLY_ALL else 0.0


def late_score(values: Values) -> float:
    """How well a column suits how late the pro was."""
    late = NAMED["minutes_late"](values.ideas) and values.n_distinct > 2
    return 0.85 if late and values.between(values.minutes.values, -1440, 1440) >= NEARLY_ALL else 0.0


def rating_score(values: Values) -> float:
    """How well a column suits the stars that a client gave."""
    return 0.85 if NAMED["rating"](values.ideas) and values.between(values.numbers.values, 1, 5) >= NEARLY_ALL else 0.0


def lead_score(values: Values) -> float:
    """How well a column suits the days from the booking to the visit."""
    return 0.85 if NAMED["lead_days"](values.ideas) and values.between(values.numbers.values, 0, 730) >= NEARLY_ALL else 0.0


def censored_score(values: Values) -> float:
    """How well a column suits the mark of clients older than the file."""
    return 0.9 if plain_words(values.heading) == "left censored" else 0.0


def order_score(values: Values) -> float:
    """How well a column suits the number of the booking."""
    ideas = values.ideas
    if values.filled_share < 0.9 or values.n_distinct < len(values.whole) // 20 or values.is_date:
        return 0.0
    if ideas & {"visit", "booking", "order"} and ideas & {"id"}:
        return 0.85
    if ideas <= {"name", "order", "id"} and values.texts and all(text.startswith("#") for text in values.texts[:20]):
        return 0.8
    return 0.0


PLAIN: dict[str, Score] = {
    "duration_minutes": duration_score,
    "minutes_late": late_score,
    "rating": rating_score,
    "lead_days": lead_score,
    "price": price_score,
    "pro": pro_score,
    "service": service_score,
    "zone": zone_score,
    "channel": channel_score,
    "left_censored": censored_score,
}
"""By meaning that needs no other column: its score; each column goes to the first that wants it."""


def status_score(values: Values) -> float:
    """How well a column suits what became of the booking: by its values above all."""
    if not 1 <= values.n_distinct <= MOST_STATUSES:
        return 0.0
    ideas = values.ideas
    told, unknown = statuses_of_values(values.texts, values.heading)
    if not told:
        return 0.6 if ideas == {"status"} and "" not in values.texts and values.n_distinct <= 12 else 0.0
    known = len(told) / (len(told) + len(unknown))
    if ideas & FLAGS.keys() and "status" not in ideas:
        # a flag that is the same in all rows tells nothing
        differs = len(set(told.values())) > 1 or values.filled_share < 1
        return 0.0 if unknown else 0.7 if differs else 0.62
    if "status" in ideas:
        score = 0.95 if not ideas & {"order", "other", "service", "item"} else 0.8
        return score - (0.2 if known < 0.5 else 0.0) - (0.1 if {"billing", "item"} & ideas else 0.0)
    if ideas & {"id", "name", "notes", "client", "pro", "place", "price"}:
        return 0.0
    # without a heading that says so, all values must be statuses, of more than one meaning
    return 0.75 if not unknown and len(set(told.values())) > 1 else 0.0
