"""Labels, words, sentences and special tokens from real tokenizers of each kind."""

import pytest
import transformers

from headwise.capture.tokenize import tokenize

pytestmark = pytest.mark.models


@pytest.fixture
def read(tokenizers):
    return lambda kind, *texts: tokenize(tokenizers[kind], *texts)[1]


def test_wordpiece(read):
    tokens = read("wordpiece", "The halls, 日本")
    assert tokens.labels == ("[CLS]", "the", "ha", "##lls", ",", "日", "本", "[SEP]")
    assert tokens.words == (0, 1, 2, 2, 3, 4, 5, 6)
    assert tokens.word_labels() == ("[CLS]", "the", "halls", ",", "日", "本", "[SEP]")


def test_wordpiece_pair_unknown_and_mask(read):
    tokens = read("wordpiece", "The [MASK] is zebra", "sad")
    assert tokens.labels == ("[CLS]", "the", "[MASK]", "is", "[UNK]", "[SEP]", "sad", "[SEP]")
    assert tokens.special == (True, False, False, False, False, True, False, True)
    assert tokens.segments == (0, 0, 0, 0, 0, 0, 1, 1)
    assert tokens.words == tuple(range(8))


def test_byte_level(read):
    tokens = read("byte", "The cat\n\tis 😀 日本")
    text = "".join(label.partition(" ")[0] for label in tokens.labels if "/" not in label)
    assert "⏎" in text
    assert "⇥" in text
    assert [label for label in tokens.labels if label.endswith("/4")] == [
        "😀 1/4",
        "😀 2/4",
        "😀 3/4",
        "😀 4/4",
    ]
    assert [label for label in tokens.labels if "日" in label] == ["日 1/3", "日 2/3", "日 3/3"]
    assert "😀" in tokens.word_labels()
    assert "日本" in tokens.word_labels()


def test_byte_level_words_of_two_sentences(read):
    tokens = read("byte_pair", "The cat", "The cat")
    assert tokens.labels[0] == "<s>"
    assert tokens.labels[-1] == "</s>"
    assert tokens.word_labels() == ("<s>", "The", "cat", "</s>", "</s>", "The", "cat", "</s>")
    second = tokens.labels.index("</s>") + 1
    assert tokens.segments[: second + 1] == (0,) * (second + 1)
    assert set(tokens.segments[second + 1 :]) == {1}
    assert tokens.words[-1] == 7


def test_a_special_token_in_the_text_of_a_byte_level_tokenizer(read):
    tokens = read("byte", "The<|endoftext|>cat")
    place = tokens.labels.index("<|endoftext|>")
    assert tokens.special[place]
    assert sum(tokens.special) == 1


def test_metaspace_words_start_at_spaces(read):
    tokens = read("metaspace", "The food at", "sad 😀\n")
    assert tokens.labels[:2] == ("<s>", "␣")
    assert "␣food" in tokens.labels
    words = tokens.word_labels()
    assert words == ("<s>", "The", "food", "at", "<s>", "sad", "😀⏎")
    assert next(label for label in tokens.labels if label.endswith("/4")) == "😀 1/4"
    assert set(tokens.segments) == {0, 1}


def test_markup_is_text(read):
    tokens = read("byte", "</script><img src=x onerror=alert(1)>")
    assert "".join(tokens.word_labels()) == "</script><imgsrc=xonerror=alert(1)>"


def test_inputs_are_what_the_model_takes(tokenizers):
    inputs, _ = tokenize(tokenizers["wordpiece"], "The cat")
    assert {"input_ids", "attention_mask"} <= inputs.keys()
    assert not inputs.keys() & {"offset_mapping", "special_tokens_mask"}


class Letters(transformers.PythonBackend):
    """A tokenizer in plain Python: no offsets, no word numbers."""

    def __init__(self, **options):
        self.table = {piece: number for number, piece in enumerate(["<unk>", "<s>", "a", "b@@"])}
        super().__init__(
            unk_token="<unk>", bos_token="<s>", special_tokens_pattern="none", **options
        )

    @property
    def vocab_size(self):
        return len(self.table)

    def get_vocab(self):
        return dict(self.table)

    def _tokenize(self, text, **_):
        return ["b@@" if letter == "b" else letter for letter in text if letter != " "]

    def _convert_token_to_id(self, token):
        return self.table.get(token, 0)

    def _convert_id_to_token(self, index):
        return list(self.table)[index]


def test_a_tokenizer_without_offsets():
    tokenizer = Letters()
    assert not tokenizer.is_fast
    _, tokens = tokenize(tokenizer, "a ba", "ba")
    assert tokens.labels == ("a", "b", "a", "b", "a")
    assert tokens.segments == (0, 0, 0, 1, 1)
    assert tokens.words == (0, 1, 1, 2, 2)
