"""Other modules that read an export: those that need the object are pointed to it."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import migrated_files

from pkcodemods import BytesResult

PARTY = """
    from partykit.server import PartyKitServer


    def on_connect(connection, room):
        room.broadcast("hi")


    default: PartyKitServer = {"onConnect": on_connect}
"""


def code(result: BytesResult) -> str:
    return result.data.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from party import default\n\nprint(sorted(default))\n",
            "from party import default_handlers\n\nprint(sorted(default_handlers))\n",
        ),
        (
            "from party import default as d\n\nprint(d['onConnect'])\n",
            "from party import default_handlers\n\nprint(default_handlers['onConnect'])\n",
        ),
        ("import party\n\nprint({**party.default})\n", "import party\n\nprint({**party.default_handlers})\n"),
        (
            "from party import *\n\nprint(default['onConnect'])\n",
            "from party import *\n\nprint(default_handlers['onConnect'])\n",
        ),
        (
            "from partyserver import Host\nfrom party import default\n\napp = Host({'main': default})\n"
            "print(default['onConnect'])\n",
            "from partyserver import Host\nfrom party import default, default_handlers\n\n"
            "app = Host({'main': default})\n"
            "print(default_handlers['onConnect'])\n",
        ),
    ],
)
def test_a_file_that_reads_an_export_as_an_object_is_pointed_to_it(before: str, after: str) -> None:
    results = migrated_files({"party.py": PARTY, "reader.py": before})
    assert code(results["reader.py"]) == after
    (finding,) = results["party.py"].parties[0].findings
    assert (finding.code, finding.message) == (
        "PK103",
        "`default` is read as an object by `reader`, so the object is kept under the name "
        "`default_handlers`.",
    )


def test_a_package_hands_the_object_on_to_its_readers() -> None:
    results = migrated_files(
        {
            "app/__init__.py": "from .party import default\n",
            "app/party.py": PARTY,
            "test_app.py": "from app import default\n\nassert default['onConnect']\n",
        }
    )
    assert code(results["app/__init__.py"]) == "from .party import default, default_handlers\n"
    assert (
        code(results["test_app.py"])
        == "from app import default_handlers\n\nassert default_handlers['onConnect']\n"
    )


@pytest.mark.parametrize(
    "use",
    [
        "from partyserver import Host\n\nfrom party import default\n\napp = Host({'main': default})\n",
        "from party import default as default\n",
        "import party\nfrom pkcompat import legacy_to_class\n\napp = legacy_to_class(party)\n",
        "from party import default\n\n__all__ = ['default']\n",
    ],
)
def test_a_file_that_takes_a_class_as_well_is_left_alone(use: str) -> None:
    results = migrated_files({"party.py": PARTY, "serve.py": use})
    assert results["serve.py"].outcome == "untouched"
    assert results["party.py"].outcome == "rewritten"


SHARES_HELPER = """
    def tell(room):
        for peer in room.connections.values():
            peer.socket.send("x")


    def on_connect(connection, room):
        tell(room)


    default = {%s"onConnect": on_connect}%s
"""


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [("**{}, ", "", "wrapped"), ("", "  # pkcompat: ignore", "untouched")],
)
def test_a_helper_of_a_module_whose_party_stays_an_object_gets_the_old_names(
    before: str, after: str, outcome: str
) -> None:
    results = migrated_files(
        {
            "shares.py": SHARES_HELPER % (before, after),
            "party.py": """
                from shares import tell


                def on_connect(connection, room):
                    tell(room)


                default = {"onConnect": on_connect}
            """,
        }
    )
    assert results["shares.py"].outcome == outcome
    assert "room.connections.values()" in code(results["shares.py"])
    assert results["party.py"].outcome == "residue"
    assert "tell(legacy_room(self.room))" in code(results["party.py"])
