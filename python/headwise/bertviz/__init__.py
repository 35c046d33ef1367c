"""BertViz's calls: ``from headwise.bertviz import head_view`` in place of ``from bertviz …``."""

from headwise.bertviz.head_view import head_view
from headwise.bertviz.model_view import model_view

__all__ = ["head_view", "model_view"]
