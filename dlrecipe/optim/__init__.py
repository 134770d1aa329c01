"""Optimizers on flat vectors, learning-rate schedules and gradient clipping."""
