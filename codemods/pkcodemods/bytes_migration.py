"""Migrating a file's bytes: encoding, byte order mark and line endings stay what they are."""

from __future__ import annotations

import codecs
import io
import tokenize

from pkcodemods.errors import SourceError
from pkcodemods.migration import DEFAULT_SETTINGS, failed, migrate_source
from pkcodemods.result import BytesResult, Outcome
from pkcodemods.settings import Settings
from pkcodemods.sniffing import may_hold_party


def migrate_bytes(
    data: bytes, *, path: str | None = None, settings: Settings = DEFAULT_SETTINGS
) -> BytesResult:
    """Rewrite the parties of one file's bytes.

    Args:
        data: the file's bytes.
        path: where they come from; settings may go by it.
        settings: what the user chose.

    Returns:
        The new bytes, in the same encoding (byte order mark and coding cookie included), and what became of
        each party. Bytes that are no Python are an `error` with line and reason.
    """
    if not may_hold_party(data, settings.import_roots):
        return BytesResult(Outcome.UNTOUCHED, data)
    try:
        source, encoding = decode(data)
    except SourceError as error:
        result = failed("", error)
        return BytesResult(result.outcome, data, findings=result.findings)
    result = migrate_source(source, path=path, settings=settings)
    new = data if result.code == source else encode(result.code, encoding)
    return BytesResult(result.outcome, new, result.parties, result.findings)


def decode(data: bytes) -> tuple[str, str]:
    """The source in a file's bytes, and its encoding.

    Raises:
        SourceError: the encoding is unknown, or not what the bytes are in.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SourceError(str(error.msg), 1) from error
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
