"""What a log means: every metric by its fixed name, each with numerator, denominator, window and exclusions."""
