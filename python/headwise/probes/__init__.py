"""Labelled data to heads: which head, or which heads together, know a relation."""

from headwise.probes.accuracy import relation_accuracy
from headwise.probes.antecedents import antecedent_accuracy
from headwise.probes.data import PairSentence, Tree, read_conllu, read_pairs
from headwise.probes.words import WordTrace, trace_words

__all__ = [
    "PairSentence",
    "Tree",
    "WordTrace",
    "antecedent_accuracy",
    "read_conllu",
    "read_pairs",
    "relation_accuracy",
    "trace_words",
]
