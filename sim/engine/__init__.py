"""One run: the platform's weekly clock on SimPy, and two engines for the clients' clock that write the same log."""
