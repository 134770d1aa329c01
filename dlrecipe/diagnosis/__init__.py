"""What a run's numbers say about it, and what to try next. Reads no files and prints nothing."""
