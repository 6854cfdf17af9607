"""Names for new classes: after the export, and never taken."""

import libcst as cst
import pytest
from tests.pkcodemods.checks import migrated

from pkcodemods.module_names import ModuleNames, class_name_for, class_names_for
from pkcodemods.program import SourceModule


@pytest.mark.parametrize(
    ("export", "name"),
    [
        ("default", "Server"),
        ("", "Server"),
        ("chat", "Chat"),
        ("chat_room", "ChatRoom"),
        ("chatRoom", "ChatRoom"),
        ("CHAT_ROOM", "ChatRoom"),
        ("CHAT", "Chat"),
        ("_private", "Private"),
        ("Chat", "Chat"),
        ("room2", "Room2"),
        ("_", "Server"),
    ],
)
def test_a_class_name_fits_its_export(export: str, name: str) -> None:
    assert class_name_for(export) == name


@pytest.mark.parametrize(
    ("export", "names"),
    [
        ("chat", ("Chat", "ChatServer", "ChatParty")),
        ("room", ("RoomServer", "RoomParty")),
        ("party_server", ("PartyServerServer", "PartyServerParty")),
    ],
)
def test_a_class_is_not_called_as_one_of_partyserver(export: str, names: tuple[str, ...]) -> None:
    assert class_names_for(export) == names


def test_a_free_name_is_found() -> None:
    source = "x = 1\n\n\ndef f(y):\n    z = [w for w in y]\n    import os as v\n"
    names = ModuleNames(SourceModule(cst.parse_module(source)))
    assert [
        name for name in ("x", "f", "y", "z", "w", "v", "list", "class", "os") if names.is_free(name)
    ] == ["os"]
    assert names.take("x", "free") == "free"
    assert names.take("x", "free") == "free2"
    names.release("x")
    assert names.take("x") == "x"


@pytest.mark.parametrize(
    "taken", ["class Server: ...", "def f():\n    Server = 1", "import Server", "x: 'Server'"]
)
def test_a_class_never_takes_a_name_that_is_used(taken: str) -> None:
    code = migrated(f"{taken}\n\n\ndef g(connection, room): ...\n\n\ndefault = {{'onConnect': g}}\n").code
    if taken != "x: 'Server'":
        assert "default = ServerServer\n" in code
    assert code.count("\nclass Server(") == (taken == "x: 'Server'")
