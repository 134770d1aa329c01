"""The HTML report of a run, and of several side by side: one file each, no scripts, no network."""
