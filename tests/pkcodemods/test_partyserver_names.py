"""What migrated modules call the classes of `partyserver`."""

import pytest
from tests.pkcodemods.checks import migrated

PARTY = (
    "\n\ndef f(connection, room):\n    announce(room)\n\n\n"
    "def announce(room: PartyKitRoom): ...\n\n\nx = {'onConnect': f}\ndefault = x\n"
)
OLD = "from partykit.server import PartyKitRoom\n"


@pytest.mark.parametrize(
    ("before", "imports", "name"),
    [
        (OLD, "from partyserver import PartyServer, Room\n", "Room"),
        (
            "from partyserver import Room as R\n" + OLD,
            "from partyserver import PartyServer, Room as R\n",
            "R",
        ),
        (OLD + "\nRoom = 1\n", "from partyserver import PartyServer, Room as PartyRoom\n", "PartyRoom"),
        (
            OLD + "\nRoom = PartyRoom = 1\n",
            "from partyserver import PartyServer, Room as PartyRoom2\n",
            "PartyRoom2",
        ),
        (
            OLD + "\nPartyServer = 1\n",
            "from partyserver import PartyServer as PartyServerBase, Room\n",
            "Room",
        ),
    ],
)
def test_a_name_that_is_taken_is_not_taken_again(before: str, imports: str, name: str) -> None:
    code = migrated(before + PARTY).code
    assert code.startswith(imports)
    assert f"def announce(room: {name}): ...\n" in code


def test_types_for_checkers_alone_stay_so() -> None:
    source = f"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    {OLD}" + PARTY.replace(
        "PartyKitRoom", "'PartyKitRoom'"
    )
    code = migrated(source).code
    assert "if TYPE_CHECKING:\n    from partyserver import Room\n" in code
    assert "\nfrom partyserver import PartyServer\n" in code


def test_what_runs_is_imported_for_all() -> None:
    source = (
        "from typing import TYPE_CHECKING\n\nfrom partykit.server import PartyKitRoom as Live\n\n"
        f"if TYPE_CHECKING:\n    {OLD}" + PARTY.replace("PartyKitRoom", "'PartyKitRoom'") + "print(Live)\n"
    )
    code = migrated(source).code
    assert "from partyserver import PartyServer, Room as Live\n" in code
    assert "print(Live)\n" in code
