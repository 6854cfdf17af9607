"""The codemod and the wrapper agree on which partials can be called."""

from __future__ import annotations

from typing import Any

import pytest
from tests.pkcodemods.checks import migrated

from pkcompat import legacy_to_class

PARAMETERS = ("message", "connection", "room", "limit", "mark='-'")


@pytest.mark.parametrize(
    "given", [(), ("limit",), ("mark",), ("limit", "mark"), ("room",), ("room", "limit"), ("connection",)]
)
@pytest.mark.parametrize("star", range(2, 5))
def test_a_partial_is_refused_where_it_is_when_it_is_served(given: tuple[str, ...], star: int) -> None:
    """Whatever is given by keyword, and wherever the parameters begin that can only be given so."""
    parameters = ", ".join([*PARAMETERS[:star], "*", *PARAMETERS[star:]])
    arguments = ", ".join(["post", *(f"{name}=1" for name in given)])
    source = (
        f"from functools import partial\n\n\ndef post({parameters}):\n    pass\n\n\n"
        f"default = {{'onMessage': partial({arguments})}}\n"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    try:
        legacy_to_class(namespace["default"])
    except TypeError:
        outcome = "untouched"
    else:
        outcome = "rewritten"
    assert migrated(source).outcome == outcome
