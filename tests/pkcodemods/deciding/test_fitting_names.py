"""What a class is called, before it is known which names are taken."""

import pytest

from pkcodemods.deciding.fitting_names import (
    class_name_for,
    class_names,
    class_names_for,
    name_of_file,
    telling_name,
)


def name(*exports: str, path: str | None = None, party: str | None = None) -> str:
    return class_names(exports, path, party)[0]


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
        ("XMLRoom", "XMLRoom"),
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


def test_the_exported_name_goes_before_the_partys_and_that_before_the_files() -> None:
    assert name("default", "chat", path="src/rooms.py", party="quiz") == "Chat"
    assert name("default", path="src/rooms.py", party="quiz") == "Quiz"
    assert name("default", path="src/rooms.py") == "Rooms"
    assert name("default") == name() == name("") == "Server"


def test_a_partys_name_that_says_nothing_leaves_it_to_the_file() -> None:
    for party in ("main", "server", "party", "2048"):
        assert name(path="chat.py", party=party) == "Chat"
        assert name(path="index.py", party=party) == "Server"


def test_an_empty_name_of_a_party_says_that_the_files_says_nothing_either() -> None:
    assert name(path="checkout-7/__init__.py", party="") == "Server"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("chat", "Chat"),
        ("chat_room", "ChatRoom"),
        ("my-game", "MyGame"),
        ("chat.v2", "ChatV2"),
        ("chatRoom", "ChatRoom"),
        ("ChatRoom", "ChatRoom"),
        ("CHAT", "Chat"),
        ("01_chat", "Chat"),
        ("chat2", "Chat2"),
        ("chat_server", "ChatServer"),
        ("room", "Room"),
        ("café", "Cafe"),
        ("cafe\u0301", "Cafe"),
        ("list", "List"),
        ("none", "None"),
        ("contest", "Contest"),
        ("latest", "Latest"),
    ],
)
def test_a_name_becomes_that_of_a_class(text: str, wanted: str) -> None:
    assert telling_name(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "_", "__", "...", "2048", "2_048"),  # no letters
        *("main", "index", "server", "app", "party", "default", "handlers", "module", "src", "lib", "stdin"),
        *("Main", "INDEX", "__main__", "server2", "app_server", "main-party", "party_server"),
        *("test", "tests", "conftest", "test_chat", "chat_test", "tests_of_chat", "testChat"),
        *("2fa_room", "комната", "部屋"),  # no name in ASCII
    ],
)
def test_some_names_say_nothing(text: str) -> None:
    assert telling_name(text) is None
    assert name(path=f"{text}.py", party=text) == "Server"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("chat.py", "chat"),
        ("src/chat.py", "chat"),
        ("/home/bob/app/chat.py", "chat"),
        ("src\\chat.py", "chat"),
        ("./chat.py", "chat"),
        ("../chat.py", "chat"),
        ("chat.pyw", "chat"),
        ("bin/chat", "chat"),
        ("chat.v2.py", "chat.v2"),
        ("board/__init__.py", "board"),
        ("src/board/__init__.py", "board"),
        ("board/__main__.py", "__main__"),
        ("__init__.py", ""),
        ("./__init__.py", "."),
        ("../__init__.py", ".."),
        ("/__init__.py", ""),
        ("<stdin>", ""),
        ("sub/<stdin>", ""),
        ("", ""),
    ],
)
def test_a_file_gives_its_module_a_name(path: str, wanted: str) -> None:
    assert name_of_file(path) == wanted


def test_where_the_file_lies_does_not_matter() -> None:
    for folder in ("", "./", "../", "/srv/chat/", "C:\\work\\", "tests/", "a.b/c d/"):
        assert name(path=f"{folder}quiz.py") == "Quiz"
        assert name(path=f"{folder}board/__init__.py") == "Board"
        assert name(path=f"{folder}main.py") == "Server"
