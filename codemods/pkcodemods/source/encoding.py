"""Decodes and encodes a file's bytes; encoding and byte order mark are preserved.

`libcst.parse_module` takes bytes as well, but reports an offset where a finding needs a line.
"""

from __future__ import annotations

import codecs
import io
import re
import tokenize
import unicodedata

from pkcodemods.errors import SourceError

_FIRST_LINES = re.compile(rb"(?:[^\r\n]*(?:\r\n|\r|\n)?){2}")
_FAITHFUL = frozenset({"ascii", "iso-8859-1", "utf-8", "utf-8-sig"})
"""Encodings in which every text has one spelling; others may have several, of which one would be written."""

_BEYOND_ASCII = re.compile(r"[A-Za-z0-9_]*[^\x00-\x7f]+")


def decode(data: bytes) -> tuple[str, str]:
    """The source in a file's bytes, and its encoding.

    Raises:
        SourceError: the encoding is unknown, or not what the bytes are in.
    """
    match = _FIRST_LINES.match(data)
    assert match is not None
    head = _with_line_feeds(match[0])
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
    except SyntaxError as error:
        _decode(match[0], "utf-8")  # says which byte is wrong, and where
        raise SourceError(str(error.msg), 1) from error
    return _decode(data, encoding)


def decode_to_rewrite(data: bytes) -> tuple[str, str]:
    """The source in a file's bytes, and its encoding; what is not rewritten can be written as it was.

    In UTF-7, for example, a text has many spellings, and only one of them would be written.

    Raises:
        SourceError: the encoding is unknown, is not what the bytes are in, or would write them otherwise.
    """
    source, encoding = decode(data)
    if encoding not in _FAITHFUL:
        try:
            is_same = source.encode(encoding) == data
        except ValueError:  # a codec that can only decode, or not this
            is_same = False
        if not is_same:
            reason = f"{encoding} has other bytes for the same text, which would be written; save it as UTF-8"
            raise SourceError(reason)
    return source, encoding


def _decode(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        source = data.decode(encoding)
        if encoding not in _FAITHFUL:
            source.encode("utf-8")  # what cannot be, such as half a surrogate pair, Python does not read
        return source, encoding
    except UnicodeDecodeError as error:
        line = _with_line_feeds(data[: error.start]).count(b"\n") + 1
        raise SourceError(f"not {encoding}: byte 0x{data[error.start]:02x}", line) from error
    except LookupError as error:
        raise SourceError(f"{encoding} is no encoding of text") from error
    except ValueError as error:  # some codecs raise others than `UnicodeDecodeError`
        raise SourceError(f"not {encoding}: {error}") from error


def encode(source: str, encoding: str) -> bytes:
    """The bytes of a source in its file's encoding.

    Raises:
        SourceError: the encoding lacks a character of it, or Python would not read the same.
    """
    if encoding == "utf-8-sig":
        data = codecs.BOM_UTF8 + source.encode("utf-8")
    else:
        try:
            data = source.encode(encoding)
        except UnicodeEncodeError as error:
            character = source[error.start : error.start + 1]
            reason = f"the new code needs `{character}`, which {encoding} lacks; save the file as UTF-8"
            raise SourceError(reason) from error
    try:
        if decode(data) == (source, encoding):
            return data
    except SourceError:
        pass
    raise SourceError(f"the new code would not be read as it was written in {encoding}")


def as_read(data: bytes) -> bytes:
    """A source's bytes for a search: in UTF-8, with line feeds, and with its names as Python reads them.

    Python takes a full-width `room` for `room` (NFKC; PEP 3131). Bytes that cannot be decoded are given back.
    """
    if not data.isascii():
        try:
            text = decode(data)[0]
        except SourceError:
            pass
        else:
            data = _BEYOND_ASCII.sub(_normal, text).encode("utf-8", "replace")
    return _with_line_feeds(data)


def _normal(match: re.Match[str]) -> str:
    """Letters as Python reads them in a name; what would become punctuation stays."""
    normal = unicodedata.normalize("NFKC", match[0])
    return normal if f"_{normal}".isidentifier() else match[0]


def _with_line_feeds(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data
