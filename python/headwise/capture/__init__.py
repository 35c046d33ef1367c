"""From a model and a text to a trace; the only place that imports torch and transformers."""

try:
    from headwise.capture.forward import trace
    from headwise.capture.generation import Recording, record
    from headwise.capture.importance import head_importance
    from headwise.capture.induction import induction_scores
    from headwise.capture.many import traces
    from headwise.capture.pretrained import load_pretrained
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"torch", "transformers"}:
        raise
    raise ModuleNotFoundError(
        f"reading a model needs torch and transformers, and {error.name} is not installed: "
        "run `pip install 'headwise[hf]'`",
        name=error.name,
    ) from error

__all__ = [
    "Recording",
    "head_importance",
    "induction_scores",
    "load_pretrained",
    "record",
    "trace",
    "traces",
]
