"""Objects of handlers that others are made of."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated, migrated_files

COMMON = """from partykit.server import PartyKitServer


def greet(connection, room):
    connection.send(room.internalID)


def bye(connection, room):
    room.broadcast("bye")


def echo(message, connection):
    connection.send(message)


COMMON{} = {{"onConnect": greet, "onClose": bye}}
"""


@pytest.mark.parametrize("annotation", ["", ": PartyKitServer"])
@pytest.mark.parametrize(
    "value",
    [
        '{**COMMON, "onMessage": echo}',
        'COMMON | {"onMessage": echo}',
        "dict(COMMON, onMessage=echo)",
        "dict(onMessage=echo, **COMMON)",
        "PartyKitServer(**COMMON, onMessage=echo)",
        "COMMON.copy() | dict(onMessage=echo)",
    ],
)
def test_an_object_of_shared_handlers_is_no_party(annotation: str, value: str) -> None:
    result = migrated(COMMON.format(annotation) + f"default: PartyKitServer = {value}\n")
    (party,) = result.parties
    assert (party.outcome, party.name, len(party.handlers)) == ("rewritten", "default", 3)
    assert "COMMON" not in result.code
    assert "partykit" not in result.code


def test_handlers_that_several_parties_hold_stay_functions() -> None:
    more = 'chat = {**COMMON, "onMessage": echo}\nquiet = {**COMMON, "onClose": None}\n'
    result = migrated(COMMON.format("") + more)
    assert [party.name for party in result.parties] == ["chat", "quiet"]
    assert result.outcome == "rewritten"
    assert result.code.count("def greet(connection, room):") == 1
    assert result.code.count("greet(connection, self.room)") == 2
    assert "def bye(" not in result.code  # one party alone has that


@pytest.mark.parametrize(
    "more",
    ["print(sorted(COMMON))\n", "def names():\n    return list(COMMON)\n", '__all__ = ["COMMON"]\n'],
)
def test_an_object_that_is_read_otherwise_stays(more: str) -> None:
    result = migrated(COMMON.format("") + f'default = {{**COMMON, "onMessage": echo}}\n{more}')
    outcomes = {party.name: party.outcome for party in result.parties}
    assert outcomes["default"] == "rewritten"
    assert "COMMON" in result.code


def test_what_a_wrapped_party_is_made_of_stays_an_object() -> None:
    for annotation in ("", ": PartyKitServer"):
        more = "default: PartyKitServer = {**COMMON, 'onMessage': make()}\n"
        result = migrated(COMMON.format(annotation) + more)
        assert [party.outcome for party in result.parties if party.name == "default"] == ["wrapped"]
        assert "def greet(connection, room):" in result.code
    base = COMMON.format(": PartyKitServer").replace("COMMON", "base")
    code = migrated(base + "default: PartyKitServer = {**base, 'onMessage': make()}\n").code
    assert "legacy_to_class({**base_handlers, 'onMessage': make()})" in code


@pytest.mark.parametrize(
    "change",
    [
        "OTHER = COMMON\nOTHER['onMessage'] = echo\n",
        "extend(COMMON)\n",
        "HOLDER = [COMMON]\n",
        "def later():\n    COMMON.update(onMessage=echo)\n\n\nlater()\n",
        "COMMON.get('onClose')\nfor each in (COMMON,):\n    each.clear()\n",
    ],
)
def test_an_object_that_may_change_elsewhere_is_not_followed(change: str) -> None:
    result = migrated(COMMON.format("") + change + "default = {**COMMON}\n")
    assert [party.outcome for party in result.parties if party.name == "default"] == ["wrapped"]


@pytest.mark.parametrize("read", ["other = COMMON\n", "print(COMMON)\n", "x = COMMON['onClose']\n"])
def test_an_object_that_is_only_read_is_followed(read: str) -> None:
    result = migrated(COMMON.format("") + "default = {**COMMON}\n" + read)
    assert [party.outcome for party in result.parties if party.name == "default"] == ["rewritten"]


def test_what_is_called_when_an_object_is_made_is_called_as_before() -> None:
    source = COMMON.format("").replace('"onClose": bye', '"onClose": make(bye)')
    result = migrated(source + "default = {**COMMON, 'onClose': None}\n")
    assert "make(bye)" in result.code


def test_a_later_key_counts() -> None:
    check_transformed(
        """
        def greet(connection, room):
            room.broadcast("hi")


        def shout(connection, room):
            room.broadcast("HI")


        COMMON = {"onConnect": greet}
        default = {**COMMON, "onConnect": shout}
        """,
        """
        from partyserver import PartyServer


        def greet(connection, room):
            room.broadcast("hi")


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                self.room.broadcast("HI")


        default = Server
        """,
    )


def test_two_spellings_of_a_handler_are_refused() -> None:
    result = migrated(COMMON.format("") + 'default = {**COMMON, "on_connect": greet}\n')
    assert [f.code for p in result.parties if p.name == "default" for f in p.findings] == ["PK107"]


SHARED = {"common.py": COMMON.format("")}


@pytest.mark.parametrize(
    ("imports", "name", "after"),
    [
        ("from common import COMMON", "COMMON", "from common import bye, greet"),
        ("from common import COMMON as shared", "shared", "from common import bye, greet"),
        ("import common", "common.COMMON", "import common"),
        ("import common as c", "c.COMMON", "import common as c"),
    ],
)
def test_an_object_of_another_file_gives_way_to_its_functions(imports: str, name: str, after: str) -> None:
    echo = "def echo(message, connection):\n    connection.send(message)\n"
    party = f"{imports}\n\n\n{echo}\n\ndefault = {{**{name}, 'onMessage': echo}}\n"
    results = migrated_files({**SHARED, "chat.py": party})
    assert [result.outcome for result in results.values()] == ["rewritten", "rewritten"]
    assert b"COMMON" not in results["common.py"].data + results["chat.py"].data
    assert after in results["chat.py"].data.decode()


def test_a_name_that_is_taken_is_not_given_to_a_function_of_another_file() -> None:
    party = "from common import COMMON\n\ngreet = 1\ndefault = {**COMMON}\nprint(greet)\n"
    results = migrated_files({**SHARED, "chat.py": party})
    assert results["chat.py"].outcome == "rewritten"
    assert b"greet as common_greet" in results["chat.py"].data


def test_an_object_of_another_file_stays_for_those_who_read_it() -> None:
    reader = "from common import COMMON\n\nprint(sorted(COMMON))\n"
    party = "from common import COMMON\n\ndefault = {**COMMON}\n"
    results = migrated_files({**SHARED, "chat.py": party, "reader.py": reader})
    assert [result.outcome for result in results.values()] == ["wrapped", "wrapped", "rewritten"]
    assert [f.code for party in results["chat.py"].parties for f in party.findings] == ["PK115"]
    assert b"legacy_to_class({**COMMON_handlers})" in results["chat.py"].data
    assert b"sorted(COMMON_handlers)" in results["reader.py"].data


def test_what_an_expression_makes_for_several_parties_is_made_once() -> None:
    made = COMMON.format("").replace('"onClose": bye', '"onClose": make(bye)')
    inner = "    def inner(c, r):\n        calls.append(c)\n\n    return inner\n"
    made = f"def make(function):\n    calls = []\n\n{inner}\n\n{made}"
    result = migrated(made + "chat = {**COMMON}\nlobby = {**COMMON}\n")
    assert [f.code for party in result.parties for f in party.findings] == ["PK116", "PK116"]


def test_an_object_of_another_file_that_changes_is_not_followed() -> None:
    results = migrated_files(
        {
            "chat.py": COMMON.format("") + "default = {**COMMON}\n",
            "late.py": "import chat\n\nchat.COMMON['onMessage'] = print\n",
        }
    )
    assert results["chat.py"].outcome == "wrapped"


MADE = [
    '{name}{type} = {{**COMMON, "onMessage": echo}}\n',
    '{name}{type} = COMMON | {{"onMessage": echo}}\n',
    "{name}{type} = dict(COMMON, onMessage=echo)\n",
    "{name}{type} = PartyKitServer(**COMMON, onMessage=echo)\n",
    'MORE = {{**COMMON}}\n{name}{type} = {{**MORE, "onMessage": echo}}\n',
    '{name}{type} = {{"onMessage": echo}}\n{name}.update(COMMON)\n',
    '{name}{type} = {{"onMessage": echo}}\n{name} |= COMMON\n',
]
READ = [
    "print(sorted({name}))\n",
    "def names() -> {name}:\n    return []\n",
    "def names():\n    return {name}\n",
    'other = {name}.get("onClose")\n',
    'del {name}["onConnect"]\n',
    '{name}["onClose"] = print\n',
]


@pytest.mark.parametrize("kind", ["", ": PartyKitServer"])
@pytest.mark.parametrize("made", MADE)
def test_what_a_wrapped_object_is_made_of_is_no_party_in_a_second_run(made: str, kind: str) -> None:
    """Found before: the wrapped object was not looked at again, and what it is made of became a party."""
    for number, read in enumerate(READ):
        rest = 'quiet: PartyKitServer = {**COMMON, "onMessage": bye}\n' if number % 4 < 2 else ""
        name = "default" if number % 2 else "chat"
        result = migrated(COMMON.format("") + (made + read).format(name=name, type=kind) + rest)
        assert not {"COMMON", "MORE"} & {party.name for party in result.parties}


def test_what_is_wrapped_by_hand_leaves_other_parties_alone() -> None:
    imported = "from pkcompat import legacy_to_class\n"
    wrapped = f"{imported}calm_handlers = {{**COMMON}}\ncalm = legacy_to_class(calm_handlers)\n"
    result = migrated(COMMON.format("") + wrapped + 'default: PartyKitServer = {"onMessage": echo}\n')
    assert [party.name for party in result.parties] == ["default"]
    assert "class Server(PartyServer):" in result.code
