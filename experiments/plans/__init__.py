"""From yaml files and overrides to a validated plan; nothing is simulated before all of it is valid."""
