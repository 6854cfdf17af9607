"""Which exports are parties, and of which form."""

import textwrap

import pytest
from tests.pkcodemods.checks import check_noop, codes, migrated, migrated_files

from pkcodemods import scan_source

HANDLER = "def on_connect(connection, room):\n    room.broadcast('hi')\n\n\n"
LEGACY = "from partykit.server import PartyKitServer\n\n\n"


def found(source: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The parties of a source: name, form, handlers."""
    result = scan_source(textwrap.dedent(source))
    assert result.outcome != "error", result.findings
    return [(party.name, str(party.form), party.handlers) for party in result.parties]


@pytest.mark.parametrize(
    ("export", "form"),
    [
        ("default = {'onConnect': on_connect}", "dict"),
        ("default = {'on_connect': on_connect}", "dict"),
        ("default = {'on' 'Connect': on_connect}", "dict"),
        ("default = dict(onConnect=on_connect)", "dict call"),
        ("default = dict({'onConnect': on_connect})", "dict call"),
        ("default: PartyKitServer = {'onConnect': on_connect}", "dict"),
        ("default: 'PartyKitServer' = {'onConnect': on_connect}", "dict"),
        ("default: PartyKitServer | None = {'onConnect': on_connect}", "dict"),
        ("default = PartyKitServer(onConnect=on_connect)", "PartyKitServer call"),
        ("default = PartyKitServer({'onConnect': on_connect})", "PartyKitServer call"),
        ("from types import SimpleNamespace\ndefault = SimpleNamespace(on_connect=on_connect)", "namespace"),
        ("from types import SimpleNamespace as N\ndefault = N(on_connect=on_connect)", "namespace"),
        ("import types as t\ndefault = t.SimpleNamespace(onConnect=on_connect)", "namespace"),
        ("import typing\ndefault = typing.cast(PartyKitServer, {'onConnect': on_connect})", "dict"),
        ("server = default = {'onConnect': on_connect}", "dict"),
    ],
)
def test_every_form_is_found(export: str, form: str) -> None:
    assert found(LEGACY + HANDLER + export + "\n") == [("default", form, ("on_connect",))]
    assert migrated(LEGACY + HANDLER + export + "\n").outcome == "rewritten"


@pytest.mark.parametrize(
    "export",
    [
        "default = dict(zip(['onConnect'], [on_connect]))",
        "default = {f.__name__: f for f in (on_connect,)}",
        "default = {'onConnect': on_connect} if len(HANDLERS) else {}",
        "default = {'onConnect': on_connect} | HANDLERS",
        "default = PartyKitServer(**HANDLERS)",
        "default: PartyKitServer = make()",
        "from elsewhere import ChatHandlers\ndefault: PartyKitServer = ChatHandlers()",
        "from elsewhere import make_party\ndefault = make_party()",
        "from collections import OrderedDict\ndefault = OrderedDict(onConnect=on_connect)",
        "default, other = {'onConnect': on_connect}, 1",
        "print(default := {'onConnect': on_connect})",
        "default = {}\nif HANDLERS:\n    default['onConnect'] = on_connect",
        "default = {}\nsetattr(default, 'x', on_connect)\ndefault['onConnect'] = on_connect",
        "with open('x') as f:\n    default = {'onConnect': on_connect}",
        "HANDLERS.x = default = {'onConnect': on_connect}",
    ],
)
def test_what_is_built_too_dynamically_is_found_and_wrapped(export: str) -> None:
    source = (
        LEGACY + HANDLER + "HANDLERS = make_config()\n\n\ndef make():\n    return {}\n\n\n" + export + "\n"
    )
    assert [name for name, _, _ in found(source)] == ["default"]
    result = migrated(source)
    assert result.outcome == "wrapped"
    assert "legacy_to_class(" in result.code


@pytest.mark.parametrize("base", ["", "(object)"])
def test_an_instance_of_a_handler_class(base: str) -> None:
    source = (
        f"class Chat{base}:\n    def onConnect(self, connection, room):\n        pass\n\n\ndefault = Chat()\n"
    )
    assert found(source) == [("default", "instance", ("on_connect",))]


def test_handlers_that_a_class_inherits_are_found() -> None:
    source = """
        class Base:
            def on_close(self, connection, room): ...

        class Chat(Base):
            def on_connect(self, connection, room): ...

        default = Chat()
    """
    assert found(source) == [("default", "instance", ("on_connect", "on_close"))]


def test_a_further_name_of_a_party_is_no_other_party() -> None:
    assert found(LEGACY + HANDLER + "chat = {'onConnect': on_connect}\ndefault = chat\n") == [
        ("chat", "dict", ("on_connect",))
    ]


def test_the_module_itself() -> None:
    assert found(HANDLER) == [("", "module", ("on_connect",))]


def test_a_module_with_a_default_is_not_the_object_itself() -> None:
    assert found(HANDLER + "default = None\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "class Chat:\n    def on_connect(self, connection, room): ...\n\n\ndefault = Chat\n",
        "import partyserver\n\n\nclass Chat(partyserver.PartyServer):\n"
        "    def on_connect(self, c, ctx): ...\n",
        "from chat import default\n\nroom = default['onConnect']\n",
        "default = {'host': 'x', 'on_connect': 3}['host']\nroom = 1\n",
        "from partykit.server import PartyKitServer\n\ndefault: PartyKitServer = {}\n",
        "def on_connect(connection, room): ...\n\n\nhandlers = register({'onConnect': on_connect})\n"
        "default = 1\n",
    ],
)
def test_what_is_no_party_is_left_alone(source: str) -> None:
    check_noop(source)


@pytest.mark.parametrize(
    "source",
    [
        "def on_message(client, userdata, message):\n    room = message\n\n\n"
        "client.on_message = on_message\n",
        "class Bot:\n    def on_message(self, message):\n        message.reply('hi')\n\n\nbot = Bot()\n",
        "callbacks = {'on_close': lambda socket, code: print(code)}\n",
    ],
)
def test_what_is_served_as_a_party_and_is_hardly_one_stays_with_a_finding(source: str) -> None:
    check_noop(source)
    assert codes(source) == ["PK117"]


@pytest.mark.parametrize(
    ("source", "sign", "certain"),
    [
        (
            "def hello(request):\n    return 'hi'\n\n\nhooks = {'on_request': hello}\n",
            "annotate it (`hooks: PartyKitServer = ...`)",
            "from partykit.server import PartyKitServer\n\n\ndef hello(request):\n    return 'hi'\n\n\n"
            "hooks: PartyKitServer = {'on_request': hello}\n",
        ),
        (
            "def on_request(request):\n    return 'hi'\n",
            "import something of `partykit.server`",
            "import partykit.server\n\n\ndef on_request(request):\n    return 'hi'\n",
        ),
    ],
)
def test_what_may_be_a_party_is_one_with_the_sign_that_the_finding_names(
    source: str, sign: str, certain: str
) -> None:
    ((finding,),) = (party.findings for party in migrated(source).parties)
    assert finding.help == f"If it is one, {sign}, and migrate the file again."
    assert migrated(certain).outcome == "rewritten"


@pytest.mark.parametrize(
    "source",
    [
        "def hello(c, r):\n    c.send('hi')\n\n\nchat = {'onConnect': hello}\n",
        "def hello(c, r):\n    r.broadcast('hi')\n\n\nchat = {'on_connect': hello}\n",
        "def hello(c, r):\n    c.send(r.id)\n\n\nchat = {'on_connect': hello}\n",
        "def hello(c, r):\n    c.setState(1)\n\n\nchat = {'on_connect': hello}\n",
        "class Chat:\n    def on_connect(self, c, r):\n        r.broadcast('hi')\n\n\nchat = Chat()\n",
        "def on_connect(c, r):\n    len(r.connections)\n",
        "def on_fetch(request, l):\n    l.parties\n",
    ],
)
def test_a_party_whose_handlers_show_what_they_are_given(source: str) -> None:
    assert len(found(source)) == 1
    assert migrated(source).outcome == "rewritten"


def test_types_out_of_another_module_by_a_star() -> None:
    types = "from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer\n"
    chat = (
        "from .types import *\n\n\ndef hello(c: PartyKitConnection, r: 'PartyKitRoom') -> None:\n"
        "    c.socket.send(r.id)\n\n\nparty: PartyKitServer = {'onConnect': hello}\n"
    )
    results = migrated_files({"app/__init__.py": "", "app/types.py": types, "app/chat.py": chat})
    assert results["app/chat.py"].outcome == "rewritten"
    assert "def on_connect(self, c: Connection" in results["app/chat.py"].data.decode()


def test_a_module_that_names_partykit_without_a_party_says_so() -> None:
    source = "from partykit.server import PartyKitServer\n\n\ndef make() -> PartyKitServer: ...\n"
    result = migrated(source)
    assert (result.outcome, result.code) == ("untouched", source)
    (finding,) = result.findings
    assert (finding.code, finding.line, finding.column) == ("PK408", 1, 29)


def test_a_dict_of_data_is_no_party() -> None:
    data = "scores = {}\nseen = dict()\nscores['a'] = 1\nseen.update(b=2)\nscores |= seen\n"
    assert [
        name for name, _, _ in found(LEGACY + HANDLER + data + "default = {'onConnect': on_connect}\n")
    ] == ["default"]


def test_a_source_of_handlers_is_no_party_where_it_is_not_exported() -> None:
    source = """
        class Chat:
            def on_connect(self, connection, room):
                room.broadcast("x")

        chat = Chat()
        default = {"onConnect": chat.on_connect}
    """
    assert [name for name, _, _ in found(source)] == ["default"]


@pytest.mark.parametrize(
    ("slip", "findings"),
    [
        ("def on_mesage(message, connection, room):\n    room.broadcast(message)\n", ["PK106"]),
        ("on_message = 'hello'\n", ["PK114"]),
        ("def on_conect(connection, room):\n    room.broadcast('x')\n", []),  # there is an on_connect
        ("class on_mesage:\n    pass\n", []),
        ("on_mesage = 3\n", []),
    ],
)
def test_a_module_that_is_refused_when_it_is_served_is_left_alone(slip: str, findings: list[str]) -> None:
    source = HANDLER + slip
    result = migrated(source)
    assert [finding.code for finding in result.parties[0].findings] == findings
    assert (result.code == source) is bool(findings)
