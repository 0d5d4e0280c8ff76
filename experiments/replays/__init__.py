"""Policies on a team's own requests."""
