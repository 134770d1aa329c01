"""Faults planted on purpose, and what is left of a run after each: for benchmarks/faults.py and the tests."""
