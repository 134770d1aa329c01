"""Checks of the data before training: what is wrong, with numbers, rows or columns, and a remedy."""
