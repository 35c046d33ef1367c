"""Labelled data to heads: which head, or which heads together, know a relation."""

from headwise.probes.accuracy import relation_accuracy
from headwise.probes.antecedents import antecedent_accuracy
from headwise.probes.classify import Classified
from headwise.probes.control import input_embeddings, random_weights
from headwise.probes.data import PairSentence, Tree, read_conllu, read_pairs
from headwise.probes.pairs import classify_pairs
from headwise.probes.syntax import ProbeResult, attention_probe
from headwise.probes.texts import classify_texts
from headwise.probes.words import WordTrace, trace_words

__all__ = [
    "Classified",
    "PairSentence",
    "ProbeResult",
    "Tree",
    "WordTrace",
    "antecedent_accuracy",
    "attention_probe",
    "classify_pairs",
    "classify_texts",
    "input_embeddings",
    "random_weights",
    "read_conllu",
    "read_pairs",
    "relation_accuracy",
    "trace_words",
]
