"""Training histories of other programs, read for the diagnosis. One reader a file, found by content."""
