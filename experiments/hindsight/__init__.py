"""What would another policy have brought, by the log of the present one? Simulated logs, or a file of a team."""
