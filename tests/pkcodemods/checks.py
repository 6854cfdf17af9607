"""What every test of the codemod checks, whatever else it is about."""

from __future__ import annotations

import ast
import textwrap

from pkcodemods import (
    BytesResult,
    MigrationResult,
    Settings,
    SourceFile,
    migrate_project,
    migrate_source,
)


def migrated(source: str, *, path: str | None = None, settings: Settings | None = None) -> MigrationResult:
    """Migrate a source; what comes out must parse, keep every comment, and stay as it is in a second run."""
    chosen = settings or Settings()
    result = migrate_source(source, path=path, settings=chosen)
    assert result.outcome != "error", result.findings
    ast.parse(result.code)
    for comment in comments(source):
        assert comment in result.code, f"the comment {comment!r} is gone"
    again = migrate_source(result.code, path=path, settings=chosen)
    assert again.code == result.code, "a second run changes something"
    if result.outcome != "untouched":
        assert again.outcome == "untouched", again
    return result


def migrated_files(files: dict[str, str], settings: Settings | None = None) -> dict[str, BytesResult]:
    """Migrate files; a second run over what comes out must change nothing."""
    chosen = settings or Settings()
    sources = [SourceFile(path, textwrap.dedent(text).lstrip("\n").encode()) for path, text in files.items()]
    results = migrate_project(sources, settings=chosen)
    after = [SourceFile(file.path, result.data) for file, result in zip(sources, results, strict=True)]
    for again, file in zip(migrate_project(after, settings=chosen), after, strict=True):
        assert (again.outcome, again.data) == ("untouched", file.data)
    return {file.path: result for file, result in zip(sources, results, strict=True)}


def comments(source: str) -> list[str]:
    """The comments of a source that are no type comments."""
    import io
    import tokenize

    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT and not token.string.startswith("# type:")
    ]


def check_noop(source: str, *, settings: Settings | None = None) -> None:
    """A source that stays as it is."""
    source = textwrap.dedent(source).lstrip("\n")
    result = migrated(source, settings=settings)
    assert (result.outcome, result.code) == ("untouched", source)


def check_transformed(
    before: str,
    after: str,
    *,
    outcome: str = "rewritten",
    findings: tuple[str, ...] = (),
    settings: Settings | None = None,
) -> MigrationResult:
    """A source, what it becomes, and the codes of the findings."""
    result = migrated(textwrap.dedent(before).lstrip("\n"), settings=settings)
    assert result.code == textwrap.dedent(after).lstrip("\n")
    assert result.outcome == outcome
    assert tuple(finding.code for party in result.parties for finding in party.findings) == findings
    return result


def codes(source: str) -> list[str]:
    """The codes of a source's findings."""
    result = migrated(textwrap.dedent(source).lstrip("\n"))
    return [finding.code for party in result.parties for finding in party.findings]
