"""Which names the parties of a project are served under."""

import pytest

from pkcompat.init.found import FoundParty, served_names


def party(target: str, *names: str) -> FoundParty:
    return FoundParty(target, names, is_object=False)


@pytest.mark.parametrize(
    ("parties", "served"),
    [
        ([party("chat.py", "chat")], {"main": "chat.py"}),
        ([party("a.py", "a"), party("server.py", "server")], {"main": "server.py", "a": "a.py"}),
        ([party("a.py", "a"), party("b.py", "b")], {"a": "a.py", "b": "b.py"}),
        (
            [party("x/a.py", "a"), party("y/a.py", "a"), party("z.py:a", "a", "z-a"), party("w/a.py", "a")],
            {"a": "x/a.py", "a-2": "y/a.py", "z-a": "z.py:a", "a-3": "w/a.py"},
        ),
        ([party("main.py", "main"), party("x/main.py", "main")], {"main": "main.py", "main-2": "x/main.py"}),
    ],
)
def test_names_are_served_once_and_the_one_that_is_main_is_main(
    parties: list[FoundParty], served: dict[str, str]
) -> None:
    assert served_names(parties) == served
