"""Experiments: a config and its data put together, trained, stored, evaluated and read again."""
