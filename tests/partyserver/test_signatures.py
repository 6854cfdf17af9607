from __future__ import annotations

import sys

import pytest

from partyserver.signatures import signature_of


def test_a_signature() -> None:
    def handler(connection: object, room: object = None) -> None: ...

    assert list(signature_of(handler).parameters) == ["connection", "room"]


def test_no_signature() -> None:
    with pytest.raises((TypeError, ValueError)):
        signature_of(type)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated where they stand")
def test_annotations_may_name_what_only_type_checkers_see() -> None:
    namespace: dict[str, object] = {}
    exec("def handler(connection: PartyKitConnection): ...", namespace)
    handler = namespace["handler"]
    assert callable(handler)
    assert list(signature_of(handler).parameters) == ["connection"]
