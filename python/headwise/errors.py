"""Errors that headwise raises: each says what was wrong, where, and what to do."""


class HeadwiseError(Exception):
    """Base of every error that headwise raises on purpose."""


class InputError(HeadwiseError, ValueError):
    """An argument cannot be used: empty text, a foreign tokenizer, a text that is too long."""


class TrainingModeError(InputError):
    """The model is in training mode with dropout, so its weights would be random."""


class NoAttentionFound(HeadwiseError):
    """The model ran, but no attention that headwise can read was seen."""


class UnsupportedAttention(HeadwiseError):
    """The attention is of a kind that this request cannot be answered for."""


class CaptureMismatch(HeadwiseError):
    """The recorded attention does not reproduce what the model itself computed."""


class EmptyAttentions(InputError):
    """The given ``attentions`` hold nothing, usually because the model ran under sdpa."""


class OutOfRange(HeadwiseError, IndexError):
    """A block, layer, head, query or key does not exist; the message names the valid range."""


class SelectionError(HeadwiseError, ValueError):
    """A value is not a selection, or points outside the trace."""


class TraceFileError(HeadwiseError, ValueError):
    """A trace file is cut, not one of ours, or of a newer version."""


class BudgetError(HeadwiseError):
    """An answer would be larger than the byte budget allows."""


class CaptureTooLarge(BudgetError):
    """A capture would hold more bytes than it may; the message says what to leave out."""


class BeamSearchUnsupported(UnsupportedAttention):
    """A generation ran several sequences at once, as beam search does."""


class NoPredictionHead(InputError):
    """The model has no head that predicts something, or one that headwise does not read."""


class NoMaskToken(InputError):
    """A token cannot be masked: no mask token, or a model that only looks back."""


class ModelGone(HeadwiseError):
    """The model of a live view was deleted."""


class ModelChanged(HeadwiseError):
    """A model was trained or moved while it ran, or its weights are on several devices or none."""


class AnswerReplaced(HeadwiseError):
    """A page asked for weights of an answer that a newer one has replaced; pages ignore it."""


class HeadwiseWarning(UserWarning):
    """Something about the input that changes what is seen, such as missing weights."""
