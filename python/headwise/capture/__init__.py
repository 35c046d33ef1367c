"""From a model and a text to a trace; the only place that imports torch and transformers."""

from headwise.capture.forward import trace
from headwise.capture.pretrained import load_pretrained

__all__ = ["load_pretrained", "trace"]
