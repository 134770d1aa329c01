"""The YAML config: its schema, its strict reading and its overrides."""
