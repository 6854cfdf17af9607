"""Migrates a file's bytes; encoding, byte order mark and line endings are preserved."""

from __future__ import annotations

from pkcodemods.errors import SourceError
from pkcodemods.findings import unreadable
from pkcodemods.result import BytesResult, Outcome
from pkcodemods.settings import DEFAULT_SETTINGS, Settings
from pkcodemods.single_source import migrate_source
from pkcodemods.sniffing import may_hold_party
from pkcodemods.source import decode_to_rewrite, encode


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
        return BytesResult(Outcome.UNTOUCHED, data, data)
    try:
        source, encoding = decode_to_rewrite(data)
        result = migrate_source(source, path=path, settings=settings)
        new = data if result.code == source else encode(result.code, encoding)
    except SourceError as error:
        return BytesResult(Outcome.ERROR, data, data, findings=(unreadable(error),))
    return BytesResult(result.outcome, data, new, result.parties, result.findings)
