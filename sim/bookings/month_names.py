"""Names of months and days of the week in seven languages, whole or cut short, with or without accents."""

import unicodedata
from functools import cache

MONTHS = (
    "january february march april may june july august september october november december",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
"""English, French, German, Spanish, Italian, Portuguese, Dutch; the first is January."""
WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag sonnabend mo di mi do fr sa so",
    "lunes martes miercoles jueves viernes sabado domingo",
    "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "segunda terca quarta quinta sexta sabado domingo feira seg ter qua qui sex sab dom",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo",
)
ALIASES = {"mrz": 3, "maerz": 3, "mrt": 3, "sept": 9, "maj": 5}
"""Short names that are no beginning of a name."""
SHORTEST = 3


@cache
def folded(word: str) -> str:
    """A word in lower case, without accents.

    Examples
    --------
    >>> folded("März"), folded("DÉC")
    ('marz', 'dec')
    """
    apart = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@cache
def month_of(word: str) -> int | None:
    """The month, 1 to 12, that a word names; None if it names none, or could be two.

    Examples
    --------
    >>> month_of("janv"), month_of("Sept"), month_of("März"), month_of("ju"), month_of("soon")
    (1, 9, 3, None, None)
    """
    name = folded(word)
    if name in ALIASES:
        return ALIASES[name]
    if len(name) < SHORTEST:
        return None
    found = {i for names in MONTHS for i, month in enumerate(names.split(), 1) if month.startswith(name)}
    return found.pop() if len(found) == 1 else None


@cache
def is_weekday(word: str) -> bool:
    """Whether a word names a day of the week, whole or cut to three letters or more.

    Examples
    --------
    >>> is_weekday("Tue"), is_weekday("mardi"), is_weekday("Mi"), is_weekday("Tu")
    (True, True, True, False)
    """
    name = folded(word)
    days = [day for names in WEEKDAYS for day in names.split()]
    return name in days or (len(name) >= SHORTEST and any(day.startswith(name) for day in days))
