"""The tests: a package of its own, so that policies defined in it have one source whatever else is on the search path."""
