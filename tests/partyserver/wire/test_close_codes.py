"""Which close codes and reasons an endpoint may send (RFC 6455, sections 5.5 and 7.4)."""

from __future__ import annotations

import pytest

from partyserver import InvalidCloseError
from partyserver.wire.close_codes import MAX_REASON_BYTES, check_close, shorten_reason


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1012, 3000, 4999])
def test_codes_that_may_be_sent(code: int) -> None:
    check_close(code, "why")


@pytest.mark.parametrize("code", [-1, 0, 999, 1004, 1005, 1006, 1015, 5000, 65_536])
def test_codes_that_may_not_be_sent(code: int) -> None:
    with pytest.raises(InvalidCloseError, match=f"{code} is no close code"):
        check_close(code, "")


@pytest.mark.parametrize("code", [True, 1000.0, "1000"])
def test_a_code_is_an_int(code: object) -> None:
    with pytest.raises(InvalidCloseError, match="a close code is an int"):
        check_close(code, "")  # type: ignore[arg-type]


def test_without_a_code_there_is_no_reason() -> None:
    check_close(None, "")
    with pytest.raises(InvalidCloseError, match="needs a close code"):
        check_close(None, "why")


def test_a_reason_fits_into_a_control_frame() -> None:
    check_close(1000, "é" * 61 + "e")
    with pytest.raises(InvalidCloseError, match="at most 123 bytes, this one has 124"):
        check_close(1000, "é" * 62)


def test_a_reason_is_cut_between_characters() -> None:
    assert shorten_reason("short") == "short"
    assert shorten_reason("e" + "é" * 100) == "e" + "é" * 61
    assert len(shorten_reason("😀" * 100).encode()) <= MAX_REASON_BYTES


def test_what_cannot_be_written_is_an_error_too() -> None:
    with pytest.raises(InvalidCloseError, match="this number is no close code"):
        check_close(10**5_000, "")
    with pytest.raises(InvalidCloseError, match="the close reason is no valid text"):
        check_close(4000, "\ud800")
    assert shorten_reason("\ud800") == r"\ud800"
