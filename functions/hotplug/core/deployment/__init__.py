"""A running deployment: progress, transitions, verdicts and its record."""
