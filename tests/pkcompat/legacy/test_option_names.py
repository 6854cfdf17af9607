"""Unknown option names, and the nearest known one."""

from __future__ import annotations

import pytest

from pkcompat.legacy.option_names import refuse_unknown


def test_known_names_pass() -> None:
    refuse_unknown("f()", ["one", "two"], {"one", "two"})


def test_the_nearest_is_named_and_all_are_listed() -> None:
    with pytest.raises(TypeError) as told:
        refuse_unknown("f()", ["prefix", "limt"], ("prefix", "limit"))
    assert str(told.value) == "f() has no option 'limt', did you mean 'limit'? (it takes limit, prefix)"


@pytest.mark.parametrize("name", ["colour", 5, None])
def test_nothing_is_near(name: object) -> None:
    with pytest.raises(TypeError) as told:
        refuse_unknown("f()", [name], {"prefix", "limit"})
    assert str(told.value) == f"f() has no option {name!r} (it takes limit, prefix)"
