"""Tiny models with random weights and tiny tokenizers, all made here, without network."""

import os
import re
import sys
from pathlib import Path

import architectures
import pytest
import torch
import transformers
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from headwise.samples import load_minilm

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."
VOCABULARY = 400
POSITIONS = 64
SHARED = {"vocab_size": VOCABULARY, "hidden_size": 24, "num_hidden_layers": 3}
HEADS = {"num_attention_heads": 4, "intermediate_size": 40}

CONFIGS = {
    "bert": lambda: transformers.BertConfig(**SHARED, **HEADS, max_position_embeddings=POSITIONS),
    "roberta": lambda: transformers.RobertaConfig(
        **SHARED, **HEADS, max_position_embeddings=POSITIONS + 2, type_vocab_size=1
    ),
    "distilbert": lambda: transformers.DistilBertConfig(
        vocab_size=VOCABULARY,
        dim=24,
        n_layers=3,
        n_heads=4,
        hidden_dim=40,
        max_position_embeddings=POSITIONS,
    ),
    "albert": lambda: transformers.AlbertConfig(
        **SHARED, **HEADS, embedding_size=16, max_position_embeddings=POSITIONS
    ),
    "gpt2": lambda: transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=24, n_layer=3, n_head=4, n_positions=POSITIONS
    ),
    "llama": lambda: transformers.LlamaConfig(
        **SHARED, **HEADS, num_key_value_heads=2, max_position_embeddings=POSITIONS
    ),
}
TOKENIZERS = {
    "bert": "wordpiece",
    "roberta": "byte_pair",
    "distilbert": "wordpiece",
    "albert": "metaspace",
    "gpt2": "byte",
    "llama": "metaspace",
}


def sharpen(model):
    """Make attention peaky, so that a wrong scale or mask shows."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(20)
    return model.eval()


def tiny_model(name, *, implementation=None, model_class=transformers.AutoModel):
    torch.manual_seed(0)
    return sharpen(model_class.from_config(CONFIGS[name](), attn_implementation=implementation))


def wordpiece_tokenizer():
    words = ["the", "cat", "is", "very", "sad", ".", "because", "it", "could", "not", "find"]
    words += ["food", "to", "eat", "ha", "##lls", ",", "日", "本"]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: number for number, word in enumerate([*special, *words])}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    backend.decoder = decoders.WordPiece()
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, **dict(zip(names, special, strict=True))
    )


def byte_tokenizer(*, pair=False):
    """Byte-level BPE with merges for some words; `pair` adds RoBERTa's marks."""
    special = ["<s>", "</s>", "<pad>"] if pair else ["<|endoftext|>"]
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([f"{TEXT} {PAIR}"] * 4, trainer)
    if not pair:
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=backend, eos_token="<|endoftext|>"
        )
    backend.post_processor = processors.RobertaProcessing(
        ("</s>", backend.token_to_id("</s>")), ("<s>", backend.token_to_id("<s>"))
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, cls_token="<s>", sep_token="</s>", pad_token="<pad>"
    )


def metaspace_tokenizer():
    """SentencePiece as Llama has it: no word ids of its own, bytes for what is not covered."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    letters = sorted({letter for letter in TEXT + PAIR if letter != " "})
    merges = [("▁", "t"), ("▁", "f"), ("o", "o"), ("▁f", "oo"), ("▁foo", "d"), ("a", "t")]
    pieces += [*letters, *("".join(merge) for merge in merges)]
    backend = Tokenizer(
        models.BPE(
            {piece: number for number, piece in enumerate(pieces)},
            merges,
            unk_token="<unk>",
            byte_fallback=True,
            fuse_unk=True,
        )
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


BUILDERS = {
    "wordpiece": wordpiece_tokenizer,
    "byte": byte_tokenizer,
    "byte_pair": lambda: byte_tokenizer(pair=True),
    "metaspace": metaspace_tokenizer,
}


@pytest.fixture(scope="session")
def tokenizers():
    """Tokenizers by kind."""
    return {name: build() for name, build in BUILDERS.items()}


@pytest.fixture(params=list(CONFIGS))
def architecture(request):
    return request.param


@pytest.fixture
def tokenizer(architecture, tokenizers):
    return tokenizers[TOKENIZERS[architecture]]


@pytest.fixture
def make_model():
    return tiny_model


@pytest.fixture
def configs():
    return CONFIGS


@pytest.fixture(scope="session")
def minilm():
    return load_minilm()


class Zoo:
    """Loaders of trained models; where a package is missing the test is skipped by its name."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        load = getattr(self._module, name)

        def loaded(*arguments, **settings):
            try:
                return load(*arguments, **settings)
            except ImportError as missing:
                pytest.skip(f"{name}: {missing}")

        return loaded


@pytest.fixture(scope="session")
def zoo():
    """The loaders of shared/models/zoo.py, beside the repository or where the variable says."""
    root = Path(__file__).parents[2]
    shared = Path(os.environ.get("HEADWISE_SHARED") or root.parent / "shared")
    folder = shared / "models"
    if not (folder / "zoo.py").is_file():
        pytest.skip("shared/models/zoo.py is not beside this repository")
    sys.path.insert(0, str(folder))
    try:
        yield Zoo(pytest.importorskip("zoo", reason="zoo.py needs packages that are not here"))
    finally:
        sys.path.remove(str(folder))


class ModelsPage:
    """The table of docs/models.md: a row for each architecture that passed."""

    def __init__(self):
        self.rows = {}

    def add(self, architecture, blocks, difference, check, *, vectors):
        said = "yes" if vectors else "no, weights only"
        cells = (", ".join(blocks), architecture.way, f"{difference:.0e}", f"{check:.0e}", said)
        self.rows[architecture.name] = cells

    def write(self, path, names):
        if set(names) - self.rows.keys():
            return
        lines = [
            "# Models",
            "",
            "This page is written by the test run (`tests/models/test_zoo.py`): tiny random models",
            "of each family, batches of two with padding, weights that make attention peaky.",
            "*Difference* is the greatest one to the model's own eager attention in float32,",
            "*self-check* what the capture itself measured. *Interface*: calls of the attention",
            "interface of transformers are watched. *Softmaxes*: the model computes attention in",
            "its own way and its softmaxes are watched. *Own attentions*: the weights that it",
            "returns are kept.",
            "",
            "| family | blocks | way | difference | self-check | q and k |",
            "|---|---|---|---|---|---|",
        ]
        lines += [f"| {name} | {' | '.join(self.rows[name])} |" for name in names]
        page = "\n".join(lines) + "\n"
        if not path.exists() or _rounded(path.read_text()) != _rounded(page):
            path.write_text(page)


def _rounded(page):
    """The page with its figures as powers of ten, so that rounding alone rewrites none."""
    return re.sub(r"\d(e-\d\d|e\+00)", r"\1", page)


@pytest.fixture(scope="session")
def models_page():
    """Collects what the tests measure and writes docs/models.md when all have passed."""
    page = ModelsPage()
    yield page
    names = [one.name for one in architectures.ALL]
    page.write(Path(__file__).parents[2] / "docs" / "models.md", names)
