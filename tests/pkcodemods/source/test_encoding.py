"""Bytes to sources and back: every codec that Python has, in a coding cookie."""

from __future__ import annotations

import ast
import encodings
import encodings.aliases
import pkgutil
import warnings

import pytest

from pkcodemods import migrate_bytes
from pkcodemods.errors import SourceError
from pkcodemods.source.encoding import as_read, decode, decode_to_rewrite, encode

PARTY = """\
from partykit.server import PartyKitServer


def on_connect(connection, room):
    room.broadcast("é")


default: PartyKitServer = {"onConnect": on_connect}
"""
CODECS = sorted({module.name for module in pkgutil.iter_modules(encodings.__path__)} - {"aliases"})


def python_reads(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
    except (SyntaxError, ValueError, LookupError):
        return False
    return True


@pytest.mark.parametrize("codec", CODECS)
def test_of_every_codec_the_rest_of_the_file_stays_as_it_was(codec: str) -> None:
    cookie = f"#!/usr/bin/env python\n# vim: fileencoding={codec}\n"
    text = cookie + PARTY
    try:
        data = text.encode(codec)
    except (LookupError, ValueError):  # no codec of text, or one without that letter
        text = text.replace("é", "e")
        data = text.encode("ascii")
    result = migrate_bytes(data)
    if result.outcome != "rewritten":
        assert str(result.outcome) in ("error", "untouched")
        assert result.data == data
        return
    letter = text[text.index('broadcast("') + 11]
    assert f'self.room.broadcast("{letter}")' in result.data.decode(codec)
    assert result.data.startswith(data[: len(cookie)])
    assert python_reads(result.data) or not python_reads(data)


@pytest.mark.parametrize(
    "codec", ["latin-1", "shift_jis", "euc_jp", "gb18030", "koi8-r", "iso2022_jp", "utf-8"]
)
def test_an_encoding_that_python_knows_is_rewritten_in_place(codec: str) -> None:
    letter = {"koi8-r": "ж", "latin-1": "é", "utf-8": "é"}.get(codec, "語")
    data = (f"# coding: {codec}\n" + PARTY.replace("é", letter)).encode(codec)
    result = migrate_bytes(data)
    assert result.outcome == "rewritten"
    assert f'broadcast("{letter}")' in result.data.decode(codec)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"# coding: rot13\nx\n", "rot13 is no encoding of text"),
        (b"# coding: undefined\nx\n", "not undefined: "),
        (b"# coding: utf-7\nx = '+AGg-'\n", "utf-7 has other bytes for the same text"),
        (b"# coding: unicode_escape\nx = '\\ud800'\n", "not unicode_escape: "),
        (b"\xef\xbb\xbf# coding: latin-1\nx\n", "encoding problem: utf-8"),
    ],
    ids=["no text", "never", "two spellings", "half a pair", "mark and cookie"],
)
def test_what_could_not_be_written_as_it_was_is_an_error(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        decode_to_rewrite(data)
    result = migrate_bytes(data + PARTY.encode("ascii", "replace"))
    assert result.outcome == "error"
    assert not result.data.startswith(b"class")


def test_a_cookie_stands_in_the_first_two_lines_whatever_ends_them() -> None:
    assert decode(b"# a\r# coding: latin-1\r\xe9 = 1\r") == ("# a\r# coding: latin-1\ré = 1\r", "iso-8859-1")
    assert decode(b"# a\r# b\r# coding: latin-1\r")[1] == "utf-8"


def test_a_letter_that_the_encoding_lacks_is_named() -> None:
    with pytest.raises(SourceError, match="the new code needs `語`, which iso-8859-1 lacks"):
        encode("# coding: latin-1\n語 = 1\n", "iso-8859-1")
    with pytest.raises(SourceError, match="would not be read as it was written"):
        encode("x = 'é'\n", "iso-8859-1")  # its cookie is gone


def test_names_are_searched_for_as_python_reads_them() -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "room")
    assert as_read(f"{wide}.x\r'\uff03'\r\n".encode()) == "room.x\n'\uff03'\n".encode()
    assert as_read("# coding: latin-1\nr\xbaom\n".encode("latin-1")) == b"# coding: latin-1\nroom\n"
    assert as_read(b"\xff\r\n") == b"\xff\n"
