"""What became of a booking, as tools and people write it in seven languages."""

import re
from collections.abc import Iterable

from sim.bookings.columns import CANCELLED_BY_CLIENT, DONE, LEFT_OUT, NO_SHOW, STATUSES
from sim.bookings.headings import ideas_of
from sim.bookings.month_names import folded
from sim.bookings.vocabulary import answers, meaning_by_status

BOOKED = "booked"
"""Agreed, and perhaps still to come: a visit in a file that never says more, none where other rows are said to be completed."""
FLAGS = {
    "no_show": (STATUSES[NO_SHOW], STATUSES[DONE]),
    "cancelled": (STATUSES[CANCELLED_BY_CLIENT], STATUSES[DONE]),
    "attended": (STATUSES[DONE], STATUSES[NO_SHOW]),
}
"""By idea of a heading: what yes and no mean below it."""


def plain_words(text: str) -> str:
    """A value as the vocabulary has it: folded, with a space for each mark.

    Examples
    --------
    >>> plain_words("No-Show"), plain_words("annulée_par_client")
    ('no show', 'annulee par client')
    """
    return " ".join(re.findall(r"[^\W_]+", folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))))


def statuses_of_values(values: Iterable[str], heading: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """What each value of a column means, and the values that nothing is known about; an empty value is not asked for.

    Examples
    --------
    >>> statuses_of_values(["Completed", "Confirmed", "No-show", "Blue"], "Status")
    ({'Completed': 'done', 'Confirmed': 'left_out', 'No-show': 'no_show'}, ('Blue',))
    >>> statuses_of_values(["true", "false"], "Canceled")
    ({'true': 'cancelled_by_client', 'false': 'done'}, ())
    """
    filled = [value for value in values if value]
    plain = {value: plain_words(value.removesuffix(".0")) for value in filled}
    ideas = ideas_of(heading)
    if filled and all(word in answers() for word in plain.values()):
        for idea, (yes, no) in FLAGS.items():
            if idea in ideas:
                return {value: yes if answers()[word] else no for value, word in plain.items()}, ()
        return {}, tuple(filled)
    known = meaning_by_status()
    found = {value: known[word] for value, word in plain.items() if word in known}
    completed = STATUSES[DONE] in found.values()
    agreed = LEFT_OUT if completed else STATUSES[DONE]
    told = {value: agreed if meaning == BOOKED else meaning for value, meaning in found.items()}
    return told, tuple(value for value in filled if value not in found)
