"""Train small neural networks the careful way, and be told what to try next."""

__version__ = "0.1.0"
