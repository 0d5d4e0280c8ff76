"""What would another policy have shown, given what happened? From a finished log, without simulating."""
