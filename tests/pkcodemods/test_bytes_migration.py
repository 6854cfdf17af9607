"""Sources as bytes: encodings, line endings, indentation and errors survive or are reported."""

import pytest

from pkcodemods import migrate_bytes
from pkcodemods.errors import SourceError
from pkcodemods.source.encoding import decode, encode

BEFORE = '''"""Déjà vu."""
from partykit.server import PartyKitServer


def helper(x):
    return x


async def on_message(message, connection, room):
    """Tell

    everybody.
    """
    text = """a
b"""
    room.broadcast(message)


default: PartyKitServer = {"onMessage": on_message}
X = 1
'''
AFTER = '''"""Déjà vu."""
from partyserver import PartyServer, ServerOptions


def helper(x):
    return x


class Server(PartyServer):
    options = ServerOptions(hibernate=True)

    async def on_message(self, message, connection):
        """Tell

        everybody.
        """
        text = """a
b"""
        self.room.broadcast(message)


default = Server
X = 1
'''


def migrated(data: bytes) -> bytes:
    result = migrate_bytes(data)
    assert result.outcome == "rewritten", result
    again = migrate_bytes(result.data)
    assert (again.outcome, again.data) == ("untouched", result.data)
    return result.data


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("last", [True, False], ids=["newline", "no newline"])
def test_line_endings_mark_and_missing_newline_stay(end: str, mark: bytes, last: bool) -> None:
    before, after = (
        mark + (text if last else text.rstrip("\n")).replace("\n", end).encode() for text in (BEFORE, AFTER)
    )
    assert migrated(before) == after


@pytest.mark.parametrize("cookie", ["latin-1", "utf-8", "cp1252"])
def test_the_encoding_that_a_cookie_names_stays(cookie: str) -> None:
    line = f"# -*- coding: {cookie} -*-\n"
    assert migrated((line + BEFORE).encode(cookie)) == (line + AFTER).encode(cookie)


def test_of_mixed_line_endings_each_stays() -> None:
    before = BEFORE.encode().replace(b"return x\n", b"return x\r\n").replace(b"a\nb", b"a\r\nb")
    after = AFTER.encode().replace(b"return x\n", b"return x\r\n").replace(b"a\nb", b"a\r\nb")
    assert migrated(before) == after


def test_tabs_stay() -> None:
    assert migrated(BEFORE.replace("    ", "\t").encode()) == AFTER.replace("    ", "\t").encode()


def test_two_spaces_stay() -> None:
    assert migrated(BEFORE.replace("    ", "  ").encode()) == AFTER.replace("    ", "  ").encode()


@pytest.mark.parametrize("place", ["\n\n\nasync", "\n\n\ndefault", "\n\n\ndef helper"])
def test_a_form_feed_stays(place: str) -> None:
    before = BEFORE.replace(place, place.replace("\n\n\n", "\n\n\x0c\n"))
    assert migrated(before.encode()).count(b"\x0c") == 1


def test_trailing_blanks_stay() -> None:
    before, after = (text.replace("X = 1\n", "X = 1   \n\n\n") for text in (BEFORE, AFTER))
    assert migrated(before.encode()) == after.encode()


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"# coding: klingon\n" + BEFORE.encode(), 1, "unknown encoding: klingon"),
        (BEFORE.encode() + b"# \xff\n", 21, "not utf-8: byte 0xff"),
        (b"\n# \xfe\n" + BEFORE.encode(), 2, "not utf-8: byte 0xfe"),
        (BEFORE.encode() + b"def f(:\n", 21, "invalid syntax"),
        (BEFORE.encode() + b"\0", 21, "source code string cannot contain null bytes"),
    ],
    ids=["cookie", "bytes", "bytes at the head", "syntax", "null"],
)
def test_what_is_no_python_is_an_error_with_its_line(data: bytes, line: int, reason: str) -> None:
    result = migrate_bytes(data)
    assert (result.outcome, result.data) == ("error", data)
    (finding,) = result.findings
    assert (finding.code, finding.line, finding.message) == ("PK901", line, reason)
    assert finding.help == "Correct the file; it was left unchanged."


def test_bytes_are_decoded_as_python_does() -> None:
    assert decode(b"\xef\xbb\xbfx = 1\n") == ("x = 1\n", "utf-8-sig")
    assert encode("x = 1\n", "utf-8-sig") == b"\xef\xbb\xbfx = 1\n"
    with pytest.raises(SourceError, match="line 2: not ascii"):
        decode(b"# coding: ascii\n\xff\n")
