"""Parties in the class form are found in a source that is not imported."""

import pytest

from pkcompat.init import class_parties


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("class A(PartyServer): ...", ["A"]),
        ("class A(partyserver.PartyServer): ...\nclass B(Mixin, PartyServer): ...", ["A", "B"]),
        ("class Base(PartyServer): ...\nclass B(Base): ...\nclass C(Base): ...", ["B", "C"]),
        ("class A(PartyServer[int]): ...", ["A"]),
        ("class A(Other): ...\n# PartyServer", []),
        ("def f():\n    class A(PartyServer): ...", []),
        ("class A(PartyServer: ...", []),
        ("class A(PartyServer): ...\0", []),
        ("(" * 5_000 + "PartyServer", []),
    ],
)
def test_classes_that_derive_from_the_base_are_parties(source: str, found: list[str]) -> None:
    assert class_parties(source.encode()) == found
