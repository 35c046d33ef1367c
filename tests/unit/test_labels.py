import pytest

from headwise.labels import (
    guess_scheme,
    on_one_line,
    piece_labels,
    starts_word,
    visible,
    words_from_labels,
)

EMOJI_BYTES = ["Ġð", "Ł", "ĺĢ"]


def test_wordpiece_is_shown_as_it_is():
    assert piece_labels(["[CLS]", "ha", "##lls"], "wordpiece") == ("[CLS]", "ha", "##lls")


def test_byte_level_space_newline_and_tab_are_visible():
    assert piece_labels(["The", "Ġcat", "Ċ", "ĉ", "Ġ"], "bytes") == ("The", "␣cat", "⏎", "⇥", "␣")


def test_byte_level_pieces_of_one_emoji_carry_part_marks():
    assert piece_labels([*EMOJI_BYTES, "!"], "bytes") == ("␣😀 1/3", "😀 2/3", "😀 3/3", "!")


def test_byte_level_chinese_whole_and_split():
    assert piece_labels(["æĹ¥", "æľ", "¬"], "bytes") == ("日", "本 1/2", "本 2/2")


def test_byte_level_piece_with_a_letter_and_half_a_character():
    assert piece_labels(["naÃ", "¯", "ve"], "bytes") == ("naï 1/2", "naï 2/2", "ve")


def test_byte_level_half_character_at_the_end_falls_back_to_the_span():
    assert piece_labels(["ð", "Ł"], "bytes", text="😀", spans=[(0, 1), (0, 1)]) == ("😀", "😀")
    assert piece_labels(["ð"], "bytes") == ("\N{REPLACEMENT CHARACTER}",)


def test_byte_level_special_token_is_not_decoded():
    labels = piece_labels(["<|end|>", "Ġa"], "bytes", verbatim=[True, False])
    assert labels == ("<|end|>", "␣a")


def test_byte_level_word_end_mark_of_clip_is_dropped():
    assert piece_labels(["cat</w>", "</w>"], "bytes") == ("cat", "</w>")


def test_metaspace_and_byte_fallback():
    pieces = ["▁The", "▁", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "日"]
    assert piece_labels(pieces, "metaspace") == (
        "␣The",
        "␣",
        "😀 1/4",
        "😀 2/4",
        "😀 3/4",
        "😀 4/4",
        "日",
    )


def test_metaspace_byte_token_of_a_newline():
    assert piece_labels(["<0x0A>"], "metaspace") == ("⏎",)


def test_word_end_and_joint_marks_are_dropped():
    assert piece_labels(["lo", "wer</w>"], "word-end") == ("lo", "wer")
    assert piece_labels(["lo@@", "wer"], "joint") == ("lo", "wer")


def test_plain_pieces_show_the_text_they_cover():
    labels = piece_labels(["x", "y", "z"], "plain", text="日 b", spans=[(0, 1), (0, 1), (2, 3)])
    assert labels == ("日 1/2", "日 2/2", "b")


def test_equal_neighbours_at_different_places_are_not_parts():
    assert piece_labels(["a", "a"], "plain", text="aa", spans=[(0, 1), (1, 2)]) == ("a", "a")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" a", "␣a"),
        ("\n", "⏎"),
        ("\r\n", "␍⏎"),
        ("\u200b", "U+200B"),
        ("", "␣"),
        ("</script><img src=x onerror=alert(1)>", "</script><img␣src=x␣onerror=alert(1)>"),
        ("👩\u200d👧", "👩\u200d👧"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("pieces", "scheme"),
    [
        (["a", "##b"], "wordpiece"),
        (["▁a", "b"], "metaspace"),
        (["a", "<0x0A>"], "metaspace"),
        (["a", "Ġb"], "bytes"),
        (["a", "b</w>"], "word-end"),
        (["a@@", "b"], "joint"),
        (["a", "##", "</w>"], "plain"),
    ],
)
def test_guess_scheme(pieces, scheme):
    assert guess_scheme(pieces) == scheme


@pytest.mark.parametrize(
    ("piece", "previous", "scheme", "starts"),
    [
        ("a", None, "wordpiece", True),
        ("##a", "b", "wordpiece", False),
        ("▁a", "b", "metaspace", True),
        ("a", "▁", "metaspace", False),
        ("Ġa", "b", "bytes", True),
        ("a", "Ġb", "bytes", False),
        ("a", "b</w>", "word-end", True),
        ("a", "b", "word-end", False),
        ("a", "b@@", "joint", False),
        ("a", "b", "joint", True),
        ("a", "b", "plain", True),
    ],
)
def test_starts_word(piece, previous, scheme, starts):
    assert starts_word(piece, previous, scheme) is starts


def test_words_from_wordpiece_labels():
    labels = ["[CLS]", "##x", "ha", "##lls", "##", "[SEP]"]
    special = [True, False, False, False, False, True]
    assert words_from_labels(labels, special) == (0, 1, 2, 2, 3, 4)


def test_words_from_spaced_labels():
    assert words_from_labels(["␣The", "␣ha", "lls", "."], [False] * 4) == (0, 1, 1, 1)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("cat", "cat"),
        ("a\nb\tc\rd", "a⏎b⇥c␍d"),
        ("a\u2028b\u2029c\u0085d", "a⏎b⏎c⏎d"),
        ("\x00\x07\x1b\x7f", "␀␇␛␡"),
        ("a\x9cb", "aU+009Cb"),
        ("\u202eabc", "U+202Eabc"),
        ("a\u2066b\u2069", "aU+2066bU+2069"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("</script><img onerror=x>", "</script><img onerror=x>"),
        ("a b\u00a0c", "a b\u00a0c"),
    ],
)
def test_a_label_stands_on_one_line_and_turns_nothing_around_it(label, shown):
    assert on_one_line(label) == shown
