"""Comparisons of arms with common random numbers: simulated, worked out, written."""
