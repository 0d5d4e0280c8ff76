"""Settings of the whole test session."""

import signal

from hypothesis import settings

# a shell that starts tests in the background makes them ignore interrupts, and the processes they start with them
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples on every machine and day, so that a red build can be repeated; no time limit, since first calls compile
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
