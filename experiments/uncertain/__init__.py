"""Does a decision hold in every market that is plausible? Worlds are chosen, simulated with common random numbers, and judged."""
