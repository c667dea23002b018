"""Bulk files as the emulated org reads and writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.salesforce.sheets import DELIMITERS, ENDINGS, Dialect, Unreadable, read, write

texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8)
dialects = st.builds(Dialect, st.sampled_from(sorted(DELIMITERS)), st.sampled_from(sorted(ENDINGS)))


@given(dialects, st.lists(st.tuples(texts, texts), max_size=4))
def test_what_is_written_is_read_back_whatever_the_values_hold(dialect, rows):
    sheet = read(write(("A", "B"), rows, dialect), dialect)
    assert sheet.names == ("A", "B")
    assert [tuple(row) for row in sheet.rows] == rows


def test_null_is_empty_and_instants_end_in_z():
    row = (None, True, 1.5, "2026-11-02T09:00:00.000+0000", "+0000")
    assert write("ABCDE", [row], Dialect()) == (
        b'"A","B","C","D","E"\n"","true","1.5","2026-11-02T09:00:00.000Z","+0000"\n'
    )


def test_a_mark_of_byte_order_is_passed_over():
    assert read(b"\xef\xbb\xbfId\n1\n", Dialect()).names == ("Id",)


@pytest.mark.parametrize(
    ("content", "dialect", "message"),
    [
        (b"\xff\xfe", Dialect(), "not UTF-8"),
        (b"Id\n1\n", Dialect(ending="CRLF"), "Current LineEnding setting is CRLF"),
        (b"Id\r\n1\r\n", Dialect(), "Current LineEnding setting is LF"),
        (b'Id\n"1"x\n', Dialect(), "Failed to parse CSV"),
        (b"Id,Name\n1\n", Dialect(), "row 2"),
        (b"", Dialect(), "empty"),
    ],
)
def test_files_that_cannot_be_read_say_why(content, dialect, message):
    with pytest.raises(Unreadable, match=message):
        read(content, dialect)
