"""Settings of the whole test session."""

from hypothesis import settings

# the same examples on every machine and day, so that a red build can be repeated; no time limit, since first calls compile
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
