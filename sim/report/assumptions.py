"""What every result of the simulated market rests on."""

from sim.said import say

DATA = say(
    "No public data set joins home services, the pro's identity, minutes late and a six-month return. Effects of lateness come"
    " from other trades and are observational."
)
VISIBILITY = say(
    "That a better score means more visibility is published; that visibility is proportional to the score, with a floor and a"
    " cap, is an assumption."
)
PRICES = say("Prices, commission and costs are assumptions: read euros as a comparison between policies, not as a forecast.")
PAYBACK = say(
    "Three bookings pay back the acquisition by definition: winning a client costs three times the expected contribution of a"
    " completed booking."
)
BEHAVIOUR = say(
    "Pros keep their quality. Clients do not talk to each other. Unless the market says so (leakage, competitors), they do not"
    " compare"
    " with other platforms and do not leave the platform with their pro."
)
NUMBERS = say(
    "Every number of the market is in config.yaml beside this page; the files in configs/ give the source of each, or say that"
    " it is an assumption."
)

OF_A_COMPARISON = (DATA, VISIBILITY, PRICES, PAYBACK, BEHAVIOUR, NUMBERS)
OF_A_STUDY = (DATA, BEHAVIOUR, NUMBERS)
"""A study varies the payback itself."""
