"""Decodes and encodes a file's bytes; encoding and byte order mark are preserved.

`libcst.parse_module` takes bytes as well, but reports an offset where a finding needs a line.
"""

from __future__ import annotations

import codecs
import io
import tokenize

from pkcodemods.errors import SourceError


def decode(data: bytes) -> tuple[str, str]:
    """The source in a file's bytes, and its encoding.

    Raises:
        SourceError: the encoding is unknown, or not what the bytes are in.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        _decode(b"".join(data.splitlines(keepends=True)[:2]), "utf-8")  # says which byte is wrong, and where
        raise SourceError(str(error.msg), 1) from error
    return _decode(data, encoding)


def _decode(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"not {encoding}: byte 0x{data[error.start]:02x}", line) from error


def encode(source: str, encoding: str) -> bytes:
    """The bytes of a source in its file's encoding."""
    if encoding == "utf-8-sig":
        return codecs.BOM_UTF8 + source.encode("utf-8")
    return source.encode(encoding)
