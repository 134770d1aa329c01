"""Training runs with one cause of failure planted in each, and healthy ones. Knows nothing of the rules."""
