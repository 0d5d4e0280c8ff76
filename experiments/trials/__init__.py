"""Experiments in a simulated market: planned, run, judged against what is true there, written."""
