"""What would another policy have brought, by the log of the present one? From bare arrays; each estimator says what it assumes."""
