"""Weights that somebody already has, in the forms they come in, to a trace."""

from headwise.imports.attentions import from_attentions

__all__ = ["from_attentions"]
