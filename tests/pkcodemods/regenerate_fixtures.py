"""Write what the codemod makes of the fixtures; review the difference by eye before committing it.

Run it as `python -m tests.pkcodemods.regenerate_fixtures`, or with the fixtures' index by `make fixtures`.
"""

from __future__ import annotations

from pathlib import Path

from pkcodemods import BytesResult, SourceFile, migrate_bytes, migrate_project

FIXTURES = Path(__file__).parents[2] / "fixtures"
PATH_OF_PAIRS = "server.py"
"""Where the golden pairs come from, as far as the codemod knows: a name that says nothing."""


def findings_text(result: BytesResult) -> str:
    """The outcome and findings of a file, a line each, as they stand in `findings.txt`."""
    lines = [f"{result.outcome}"]
    for party in result.parties:
        for finding in party.findings:
            place = f"{finding.line}:{finding.column}"
            lines.append(f"{party.name or 'module'} {finding.code} {place} {finding.message}")
    return "\n".join(lines) + "\n"


def main() -> None:
    for before in sorted((FIXTURES / "object_form").glob("*.py")):
        result = migrate_bytes(before.read_bytes(), path=before.name)
        (FIXTURES / "class_form" / before.name).write_bytes(result.data)
        print(f"{result.outcome:>10}  {before.name}")
    for before in sorted((FIXTURES / "applications" / "object_form").glob("*.py")):
        result = migrate_bytes(before.read_bytes(), path=before.name)
        (FIXTURES / "applications" / "class_form" / before.name).write_bytes(result.data)
        print(f"{result.outcome:>10}  {before.name}")
    for before in sorted((FIXTURES / "golden").glob("*/before.py")):
        result = migrate_bytes(before.read_bytes(), path=PATH_OF_PAIRS)
        before.with_name("after.py").write_bytes(result.data)
        before.with_name("findings.txt").write_text(findings_text(result), encoding="utf-8")
        print(f"{result.outcome:>10}  {before.parent.name}")
    for project in sorted((FIXTURES / "golden_projects").glob("*")):
        files = project_files(project / "before")
        for file, result in zip(files, migrate_project(files), strict=True):
            after = project / "after" / file.path
            after.parent.mkdir(parents=True, exist_ok=True)
            after.write_bytes(result.data)
            print(f"{result.outcome:>10}  {project.name}/{file.path}")


def project_files(folder: Path) -> list[SourceFile]:
    """The files of a project, by their paths in it."""
    paths = sorted(folder.rglob("*.py"))
    return [SourceFile(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


if __name__ == "__main__":
    main()
