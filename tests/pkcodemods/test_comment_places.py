"""No comment is lost: one in every place at once; `make comments` tries each place by itself."""

import pytest
from tests.pkcodemods.comment_places import Case, Place, cases, places

EVERY_EIGHTH = cases([])[::8]


@pytest.mark.parametrize("case", EVERY_EIGHTH, ids=lambda case: case.name)
@pytest.mark.parametrize("own_line", [False, True], ids=["at the line's end", "on a line of its own"])
def test_every_comment_is_kept(case: Case, own_line: bool) -> None:
    wanted = [place for place in places(case.source) if place.own_line is own_line]
    assert [str(loss) for loss in case.losses(wanted)] == []


def test_a_place_is_one_that_keeps_what_the_code_means() -> None:
    found = places("x = f(a, 'b c')\nif x:\n    pass\n")
    ends = [(place.row, place.text) for place in found if not place.own_line]
    assert ends == [
        *((1, text) for text in ("(", "a", ",", "'b c'", ")")),
        *((2, ":"), (3, "pass")),
    ]


def test_a_comment_breaks_its_line_where_it_must() -> None:
    lines = ["x = f(a, b)\n"]
    Place(1, 8, ",", own_line=False, breaks=True, indent="").insert(lines, "# c")
    assert lines == ["x = f(a,  # c\n    b)\n"]
    lines = ["x = f(a, b)\n"]
    Place(1, 8, ",", own_line=True, breaks=True, indent="").insert(lines, "# c")
    assert lines == ["x = f(a,\n    # c\n    b)\n"]
