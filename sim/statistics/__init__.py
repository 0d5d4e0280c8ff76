"""Is a difference real, known precisely enough, and which system is best? Knows bare arrays only."""
