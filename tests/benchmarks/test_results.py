"""Replacing sections of `RESULTS.md`."""

from __future__ import annotations

from benchmarks.results import joined, parted


def test_sections_are_found_again_in_what_was_written() -> None:
    sections = {"broadcast": "## Broadcast\n\nfigures", "storage": "## Storage\n\n| a | b |"}
    assert parted(joined("# Results\n\nhead", sections)) == ("# Results\n\nhead", sections)


def test_a_section_can_be_replaced_where_it_stands() -> None:
    _, old = parted(joined("head", {"a": "first", "b": "second"}))
    assert joined("head", old | {"a": "anew"}) == joined("head", {"a": "anew", "b": "second"})


def test_the_file_ends_with_one_line_break() -> None:
    assert joined("head\n\n", {"a": "text"}) == "head\n\n<!-- a -->\ntext\n"
