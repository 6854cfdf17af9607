"""Groups of files to migrate together, by what they import from each other."""

import pytest

from pkcodemods.project_groups import independent_groups, joined_groups
from pkcodemods.source.project_files import ProjectFiles, SourceFile

PARTY = "\ndef on_connect(connection, room): ...\n"


def groups_of(more: str = PARTY, **sources: str) -> list[tuple[str, ...]]:
    """Groups of the files whose names begin with `party`, which hold something more."""
    names = list(sources)
    project = ProjectFiles(
        [
            SourceFile(f"{name}.py", (source + (more if name.startswith("party") else "")).encode())
            for name, source in sources.items()
        ]
    )
    holders = [index for index, name in enumerate(names) if name.startswith("party")]
    return [tuple(names[index] for index in group) for group in independent_groups(project, holders)]


def test_parties_that_share_nothing_stand_alone() -> None:
    assert groups_of(party_a="import json", party_b="import json") == [("party_a",), ("party_b",)]


@pytest.mark.parametrize(
    "sources",
    [
        {"party_a": "import party_b", "party_b": ""},
        {"party_a": "import helper", "party_b": "import helper", "helper": "def f(room): ..."},
        {
            "party_a": "import one",
            "one": "import helper",
            "party_b": "import helper",
            "helper": "f = lambda r: r",
        },
        {"party_a": "", "party_b": "", "reader": "import party_a\nfrom . import party_b"},
    ],
)
def test_parties_that_share_code_belong_together(sources: dict[str, str]) -> None:
    assert groups_of(**sources) == [("party_a", "party_b")]


def test_files_with_a_handlers_name_alone_join_nothing() -> None:
    weak = "\ndef on_close(socket, code): ...\n"
    assert groups_of(weak, party_a="import party_b", party_b="") == [("party_a",), ("party_b",)]


def test_constants_alone_join_nothing() -> None:
    groups = groups_of(party_a="import names", party_b="import names", names="LIMIT = 3")
    assert groups == [("party_a",), ("party_b",)]


def test_groups_that_turn_out_to_belong_together_are_joined() -> None:
    groups = [(0,), (1, 4), (2,), (3,)]
    assert joined_groups(groups, [((0,), (1, 4)), ((2,), (0,))]) == [(0, 1, 2, 4), (3,)]
    assert joined_groups(groups, []) == groups
