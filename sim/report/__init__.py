"""Pages and what they say: verdicts without words, their words, and one document a job."""
