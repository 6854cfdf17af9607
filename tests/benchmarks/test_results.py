"""Replacing sections of `RESULTS.md` and figures of the README."""

from __future__ import annotations

from benchmarks.results import FILE, README, joined, parted, with_figures


def test_sections_are_found_again_in_what_was_written() -> None:
    sections = {"broadcast": "## Broadcast\n\nfigures", "storage": "## Storage\n\n| a | b |"}
    assert parted(joined("# Results\n\nhead", sections)) == ("# Results\n\nhead", sections)


def test_a_section_can_be_replaced_where_it_stands() -> None:
    _, old = parted(joined("head", {"a": "first", "b": "second"}))
    assert joined("head", old | {"a": "anew"}) == joined("head", {"a": "anew", "b": "second"})


def test_the_file_ends_with_one_line_break() -> None:
    assert joined("head\n\n", {"a": "text"}) == "head\n\n<!-- a -->\ntext\n"


def test_the_chief_figures_of_the_readme_are_replaced() -> None:
    readme = "before\n<!-- written by `make bench` -->\nold\n\nones\n<!-- until here -->\nafter\n"
    assert with_figures(readme, "new\\1 ones") == readme.replace("old\n\nones", "new\\1 ones")


def test_the_figures_of_the_readme_are_those_of_one_whole_run() -> None:
    """What `make bench` has written into both; a figure that is edited by hand stands in one of them only."""
    head, _ = parted(FILE.read_text(encoding="utf-8"))
    chief = head[head.index("**Chief figures**") :]
    readme = README.read_text(encoding="utf-8")
    assert with_figures(readme, "") != readme
    assert with_figures(readme, chief) == readme
