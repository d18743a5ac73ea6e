"""pierhead: a keyboard-driven operations console for containers on AWS."""

__version__ = "0.1.0"
