"""Data: sources, splits, normalization and batches."""
