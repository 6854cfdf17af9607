"""Choosing the shadow's form, and which of the two answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.shadow.records import ShadowTarget
from pkcompat.shadow.setup import ShadowPlanError, shadowed_parties

OBJECT = "def on_request(request, room):\n    return None\n\n\ndefault = {'onRequest': on_request}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text(OBJECT)
    return tmp_path


def test_without_a_shadow_nothing_changes() -> None:
    forms = shadowed_parties({"main": "nowhere.py"}, {}, promote=False)
    assert (forms.answering, forms.shadows, forms.sources) == ({"main": "nowhere.py"}, {}, {})


def test_what_the_codemod_makes(project: Path) -> None:
    forms = shadowed_parties({"main": "old.py", "b": "b.py"}, {"main": None}, promote=False)
    assert forms.answering == {"main": "old.py", "b": "b.py"}
    assert forms.sources == {}
    shadow = forms.shadows["main"]
    assert shadow.target == "old.py"
    assert b"class Server(PartyServer)" in shadow.sources[(project / "old.py").resolve()]
    assert forms.told == ("the shadow of main is what the codemod makes of old.py (rewritten)",)


def test_a_named_form() -> None:
    forms = shadowed_parties({"main": "old.py"}, {"main": "new.py:Chat"}, promote=False)
    assert forms.shadows == {"main": ShadowTarget("new.py:Chat")}


def test_promoted(project: Path) -> None:
    forms = shadowed_parties({"main": "old.py"}, {"main": None}, promote=True)
    assert forms.answering == {"main": "old.py"}
    assert b"class Server(PartyServer)" in forms.sources[(project / "old.py").resolve()]
    assert forms.shadows == {"main": ShadowTarget("old.py")}
    forms = shadowed_parties({"main": "old.py"}, {"main": "new.py"}, promote=True)
    assert forms.answering == {"main": "new.py"}
    assert forms.shadows == {"main": ShadowTarget("old.py")}
    assert forms.told == ("main is answered by new.py; its shadow is old.py as it is",)


def test_what_cannot_be() -> None:
    with pytest.raises(ShadowPlanError, match="there is no party 'x' to shadow; there are: main, lobby"):
        shadowed_parties({"main": "a.py", "lobby": "b.py"}, {"x": None}, promote=False)


def test_a_class_has_no_other_form(project: Path) -> None:
    (project / "new.py").write_text(
        "from partyserver import PartyServer\n\n\nclass Chat(PartyServer):\n    pass\n"
    )
    with pytest.raises(ShadowPlanError, match=r"leaves new.py as it is, .*--shadow main=TARGET"):
        shadowed_parties({"main": "new.py"}, {"main": None}, promote=False)
