"""What other layers say in English sentences of their own, numbers and all, so that a page can say it again in its language."""

from sim.words.language import retold

SELECTION = (
    "Which policy is best in: {metric}?",
    "Market {market}: {n} arms, each on the same random numbers; higher is better.",
    "Market {market}: {n} arms, each on the same random numbers; lower is better.",
    "Market {market}: {n} arms, each on its own random numbers; higher is better.",
    "Market {market}: {n} arms, each on its own random numbers; lower is better.",
    "{metric}. ± is the 95 % interval of the arm alone, as if its number of replications had been fixed beforehand.",
    "Stopped: no guarantee. The budget of {budget} runs is spent; {best} is the best so far, {rivals} could still be.",
    "Best: {best}. No guarantee: the best mean after a budget divided so that a right choice is likely.",
    "Best: {best}. Guarantee ({procedure}): {promise}.",
    "with probability at least {chance} the arm named is the best, if the best leads all others by at least delta = {delta} and"
    " outputs are normal; common random numbers allowed",
    "in the limit of small delta, with probability at least {chance} the arm named is the best, if the best leads all others by at"
    " least delta = {delta}; common random numbers allowed",
    "The same as {best} in every run: {arms}. The seed chose between them.",
    "Less than delta behind in these runs: {arms}. Whether {best} is ahead of them is not guaranteed; to find out, lower delta.",
    "It took {n} runs: the first look, after n0 = {n0} replications, decided.",
    "It took {n} runs; all arms for as long as the longest would be {all}, {share} % saved.",
    "It took {n} runs; no arm left before the others.",
    "Mean ({unit})",
    "Mean",
    "Behind the best",
    "Replications",
    "Finish",
    "Arm",
    "left after {n}",
    "best",
    "best so far",
    "stayed to the end",
    "{mean} ± {half}",
    "{number} points)",
    "{number} points",
    "{number} EUR",
    "{number} months",
    "{number} days",
    "{number} hours",
    "{number} stars",
    "{delta} ({points}",
    "{names} and {last}",
)
"""Of a selection: its sheet."""

QUALITY = (
    "rows in the file",
    "{column} outside {low} to {high}",
    "value left out",
    "left out",
    "no client",
    "no date, or one that cannot be read",
    "date before 1980 or after 2099",
    "no status",
    "earlier than the row before",
    "sorted by client and day",
    "the same booking again",
    "further booking of a client on one day",
    "one visit a day",
    "clients who may be older than the file (first seen in the first {days} days)",
    "clients who may be older than the file (column {column})",
    "not among the new clients",
    "visits of distinct clients and days",
    "{n} clients",
    "rows",
    "clients",
    "visits",
)
"""Of the file of a calibration: what was wrong with it, and what was done."""

SOURCES = (
    "{model}, {n} new clients: {words}",
    "the form without one-time clients fits as well",
    "the form with the best AIC",
    "the form without lapses fits as well",
    "fit; no interval, the likelihood is flat",
    "fit of Beta({b}, {a}), experiences taken out",
    "fit {estimate} [{low}, {high}]",
    "1 / (7 alpha), alpha {words} weeks",
    "regularity of gaps with a rhythm: {words}",
    "regularity: {words}",
    "share of gaps without rhythm: {words}",
    "mean of such a gap, in the client's own: {words}",
    "clients stay with probability {estimate} [{low}, {high}] on average; the taste that gives this with the experiences below",
    "the fit has no habit: that those who came often return more is differences between clients",
    "{n} new clients in {days} days",
    "weekdays of {n} visits; closed: fewer than {share}% of a mean day",
    "weekdays of {n} visits",
    "flat: the file's weekdays are those of the visits",
    "{n} visits, fewer than {needed}",
    "months of {n} first visits, {years} years",
    "{n} first visits in {years} whole years, fewer than {needed}",
    "less than a year of new clients",
    "shares of first visits; equal cost: assumption",
    "shares of first visits; {money}; 60 minutes: assumption",
    "no column: one service; {money}; 60 minutes: assumption",
    "median of {n} prices",
    "price: the default market's mean",
    "mean of {n} lead times",
    "{n} starts",
    "the file gives no time of day",
    "no column",
    "no column, or too few",
    "no column, or no cases",
    "{n} cases, standard error {error} of the log relative risk",
    "{effect}, but in the fitted form the first visit does not end the relation",
    "{effect}, which no value of the market gives",
    "return after a late first visit {estimate} [{low}, {high}] times as often",
    "return after one star instead of five {estimate} [{low}, {high}] times as often",
    "return after a first booking that ended as {end} {estimate} [{low}, {high}] times as often",
    "{risk}: factor {value} [{ends}], observational",
    "{risk}: effect {value} [{ends}], observational",
    "return by first pro, rho {rho}; mix of the three: assumption",
    "the file names no zones",
    "no column: as many as keep as busy as in {market} with {n} visits a day",
    "the visits of the file are those that found a pro: so do the needs of the market that is fitted to it",
    "no column pro: how much pros differ cannot be told",
    "pros with a visit",
    "pros with a visit in the first quarter of the file",
    "spread between {n} pros not to be told from chance: rho {rho}",
    "of {n} visits",
    "of {n} needs, those booked again within {days} days apart",
    "of {n} needs",
    "{share} of {n} needs, less the rise with lead time",
    "{ratings}; those on time",
    "{ratings}; the default effect of lateness taken out",
    "{n} ratings, mean {mean}",
    "log odds of more stars when it is felt, {n} late visits against others",
    "lateness and rating are not known together, or too few",
    "the file holds only visits that took place: so does the market that is fitted to it",
    "the file holds only visits that took place",
    "no status means that the pro cancelled",
    "{minutes} minutes or more late, of {n} visits",
    "mean beyond {minutes} minutes",
    "beta-binomial, rho {rho}, {n} pros",
    "no file of bookings says",
    "rho {rho}",
    "{estimate} [{low}, {high}]",
)
"""Of the numbers that a calibration finds: where each comes from, or why the file does not give it."""

FIGURES = (
    "Next visit within {days} days of the 1st",
    "Next visit within {days} days of the 2nd",
    "Next visit within {days} days of the 3rd",
    "Next visit within {days} days of the 4th",
    "Days to the second visit (within {days})",
    "Days between visits (at most {days})",
    "Visits in the first year ({n}: or more)",
    "Visits in the first year",
    "Day of the week (0: Monday)",
    "Day of the week",
    "Month (0: January)",
    "Month",
    "Rating",
    "Minutes late",
    "Correlation of new clients' return within pros",
    "1st",
    "2nd",
    "3rd",
    "4th",
)
"""What is read from both sides of a calibration."""

FORECASTS = ("simulation, {model}", "simulation", "past rate goes on")
MODELS = ("{base} and one-time clients", "{base} and lapses", "{base} with regular gaps")
HELD_OUT = (
    "Fitted before {day}, then {days} days of {n} known clients, who had {total} visits; {runs} runs, each with rate, dropout and"
    " presence of every client drawn anew from the history.",
    "Fitted before {day}, then {days} days of {n} known clients, who had {total} needs (visits, and bookings without one that were"
    " not made again); {runs} runs, each with rate, dropout and presence of every client drawn anew from the history.",
)
PERIOD = "{first} to {last}"
CALIBRATION = (*FIGURES, *FORECASTS, *HELD_OUT, *SOURCES, *MODELS)


def selection(text: str) -> str:
    """A text of the sheet of a selection."""
    return retold(text, SELECTION)


def period(text: str) -> str:
    """The days that a file covers."""
    return retold(text, [PERIOD])


def quality(text: str) -> str:
    """A text of the table of the quality of a file."""
    return retold(text, QUALITY)


def calibration(text: str) -> str:
    """Any other text of a calibration: a figure, a forecast, a source."""
    return retold(text, CALIBRATION)
