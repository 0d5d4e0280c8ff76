"""What does an experiment say, and how surely? From bare arrays; each estimator says what it estimates."""
