from pathlib import Path

import pytest

from partyserver import Host
from pkcompat.hosting import HostingError, HostPlan, load_parties, make_host

CODE = """
from partyserver import PartyServer
class Chat(PartyServer): pass
handlers = {"onConnect": lambda connection: None}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "party_for_hosting.py"
    file.write_text(CODE)
    return file


def test_parties_of_both_forms_share_their_module(file: Path) -> None:
    plan = HostPlan({"main": f"{file}:Chat", "other": f"{file}:handlers"})
    parties = load_parties(plan)
    assert {name: party.form for name, party in parties.items()} == {"main": "class", "other": "object"}
    assert parties["main"].module is parties["other"].module
    host = make_host(plan, parties)
    assert isinstance(host, Host)
    assert list(host.parties) == ["main", "other"]


def test_a_name_that_cannot_stand_in_a_path(file: Path) -> None:
    plan = HostPlan({"a/b": f"{file}:Chat"})
    with pytest.raises(HostingError, match="a/b"):
        make_host(plan, load_parties(plan))


def test_a_static_folder_that_is_not_there() -> None:
    with pytest.raises(HostingError, match="nowhere: no such folder to serve files from"):
        make_host(HostPlan({}, static="nowhere"), {})
