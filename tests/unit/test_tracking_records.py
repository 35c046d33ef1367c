"""The file formats of trackers: torn, damaged, growing."""

import numpy as np
import pytest
from tracking_files import START, framed, logged

import headwise as hw
from headwise.tracking.readers.crc import masked_crcs
from headwise.tracking.readers.leveldb import BLOCK, LogFile
from headwise.tracking.readers.records import RecordFile


def all_of(file):
    found = []
    while now := file.read():
        found += now
    return found


def test_checksums_are_those_of_the_format():
    # "123456789" has CRC-32C 0xE3069283; turned by 15 bits, and a constant added.
    crc = 0xE3069283
    expected = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert masked_crcs([b"123456789"]).tolist() == [expected]
    data = np.random.default_rng(0).bytes(5000)
    lengths = [0, 1, 3, 4, 5, 127, 128, 129, 255, 256, 5000]
    ones = [int(masked_crcs([data[:length]])[0]) for length in lengths]
    assert masked_crcs([data[:length] for length in lengths]).tolist() == ones
    assert len(set(ones)) == len(lengths)


def test_tensorboards_own_writer_agrees(tmp_path):
    writing = pytest.importorskip("tensorboard.summary.writer.record_writer")
    messages = [bytes([number % 256]) * number for number in (0, 1, 3, 100, 1000)]
    with (tmp_path / "x").open("wb") as file:
        writer = writing.RecordWriter(file)
        for each in messages:
            writer.write(each)
    assert [each.data for each in all_of(RecordFile(tmp_path / "x"))] == messages


def test_a_growing_file_is_read_from_where_it_ended(tmp_path):
    path = tmp_path / "x"
    whole = framed(b"one") + framed(b"two") + framed(b"three")
    path.write_bytes(b"")
    file = RecordFile(path)
    found = []
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        found += [each.data for each in file.read()]
        if file.offset < end:
            assert "not whole" in file.notes()[0]
        else:
            assert file.notes() == []
    assert found == [b"one", b"two", b"three"]


def test_a_torn_last_record_is_said_and_the_rest_is_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(framed(b"one") + framed(b"two" * 50)[:-9])
    file = RecordFile(path)
    assert [each.data for each in all_of(file)] == [b"one"]
    assert file.incomplete == 157
    assert "157 bytes" in file.notes()[0]


def test_a_record_with_a_wrong_checksum_is_left_out(tmp_path):
    path = tmp_path / "x"
    middle = bytearray(framed(b"two"))
    middle[13] ^= 1
    path.write_bytes(framed(b"one") + bytes(middle) + framed(b"three"))
    file = RecordFile(path)
    found = all_of(file)
    assert [each.data for each in found] == [b"one", b"three"]
    assert path.read_bytes()[found[1].start :][:5] == b"three"
    assert file.damaged == 1
    assert "1 record with a wrong checksum" in file.notes()[0]


def test_nothing_is_read_behind_a_length_that_is_wrong(tmp_path):
    path = tmp_path / "x"
    bad = bytearray(framed(b"two"))
    bad[0] = 200
    path.write_bytes(framed(b"one") + bytes(bad) + framed(b"three"))
    file = RecordFile(path)
    assert [each.data for each in all_of(file)] == [b"one"]
    assert file.unreadable == len(bad) + len(framed(b"three"))
    assert "cannot be read" in file.notes()[0]
    assert file.read() == []


def test_records_longer_than_a_chunk(tmp_path):
    path = tmp_path / "x"
    large = np.random.default_rng(0).bytes(300_000)
    path.write_bytes(framed(b"a") + framed(large) + framed(b"b"))
    file = RecordFile(path)
    assert [each.data for each in all_of(file)] == [b"a", large, b"b"]
    assert file.notes() == []


def test_a_file_that_was_replaced_is_read_again(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(framed(b"one") * 5)
    file = RecordFile(path)
    assert len(all_of(file)) == 5
    path.write_bytes(framed(b"new"))
    assert [each.data for each in all_of(file)] == [b"new"]


SIZES = (0, 1, 100, BLOCK - 7 - 7, BLOCK - 20, BLOCK, 3 * BLOCK, 5)


def test_a_log_is_read_over_the_edges_of_blocks(tmp_path):
    path = tmp_path / "run-a.wandb"
    draw = np.random.default_rng(0)
    records = [draw.bytes(size) for size in SIZES]
    path.write_bytes(START + logged(records))
    assert all_of(LogFile(path)) == records
    # Records end so that 1 to 8 bytes are left of the block.
    for left in range(1, 9):
        records = [draw.bytes(BLOCK - 14 - left), b"next", b"last"]
        path.write_bytes(START + logged(records))
        log = LogFile(path)
        assert all_of(log) == records
        assert log.notes() == []


def test_a_growing_log_is_read_from_where_it_ended(tmp_path):
    path = tmp_path / "run-a.wandb"
    draw = np.random.default_rng(0)
    records = [draw.bytes(size) for size in (50, 2 * BLOCK, 10)]
    whole = START + logged(records)
    path.write_bytes(b"")
    log, found = LogFile(path), []
    for end in [*range(120), *range(120, len(whole), 4999), len(whole)]:
        path.write_bytes(whole[:end])
        found += all_of(log)
    assert found == records
    assert log.notes() == []


def test_a_torn_log_says_so(tmp_path):
    path = tmp_path / "run-a.wandb"
    path.write_bytes((START + logged([b"one", b"two" * 100]))[:-50])
    log = LogFile(path)
    assert all_of(log) == [b"one"]
    assert log.incomplete == 7 + 250
    assert "not whole (257 bytes)" in log.notes()[0]


def test_a_damaged_log_goes_on_behind_the_damage(tmp_path):
    path = tmp_path / "run-a.wandb"
    whole = bytearray(START + logged([b"one", b"two", b"three"]))
    whole[7 + 10 + 8] ^= 1
    path.write_bytes(whole)
    log = LogFile(path)
    assert all_of(log) == [b"one", b"three"]
    assert log.damaged == 10
    assert "10 bytes with a wrong checksum" in log.notes()[0]


def test_a_lost_fragment_takes_its_record_with_it(tmp_path):
    path = tmp_path / "run-a.wandb"
    whole = bytearray(START + logged([b"one", b"x" * (2 * BLOCK), b"three"]))
    whole[BLOCK + 100] ^= 1
    path.write_bytes(whole)
    log = LogFile(path)
    assert all_of(log) == [b"one", b"three"]
    assert log.damaged >= 2 * BLOCK


def test_a_length_over_the_block_skips_to_the_next(tmp_path):
    path = tmp_path / "run-a.wandb"
    whole = bytearray(START + logged([b"one", b"two", b"y" * BLOCK, b"end"]))
    whole[7 + 10 + 4 : 7 + 10 + 6] = b"\xff\xff"
    path.write_bytes(whole)
    log = LogFile(path)
    assert all_of(log) == [b"one", b"end"]


def test_a_file_that_is_no_log_is_refused(tmp_path):
    (tmp_path / "run-a.wandb").write_bytes(b"not a log at all")
    with pytest.raises(hw.HeadwiseError, match="no run file of W&B"):
        LogFile(tmp_path / "run-a.wandb").read()
