"""The limits of a host: what may be set."""

from __future__ import annotations

import math
from typing import Any

import pytest

from partyserver import Host, Limits


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, "1", True, None])
def test_a_limit_is_a_number_that_is_not_negative(value: Any) -> None:
    with pytest.raises(ValueError, match="max_queue must be 0"):
        Limits(max_queue=value)


def test_zero_stands_for_no_limit() -> None:
    assert Limits(max_queue=0).max_queue == 0


def test_a_host_has_the_limits_that_it_is_given() -> None:
    limits = Limits(max_body=10)
    assert Host({}, limits=limits).limits is limits
    assert Host({}).limits == Limits()
