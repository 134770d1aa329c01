"""The sanity ladder: what must hold of a network on its data before a training is worth its time."""
