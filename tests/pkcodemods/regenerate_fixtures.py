"""Write what the codemod makes of the fixtures; review the difference by eye before committing it.

Run it as `python -m tests.pkcodemods.regenerate_fixtures`.
"""

from __future__ import annotations

from pathlib import Path

from pkcodemods import migrate_bytes

FIXTURES = Path(__file__).parents[2] / "fixtures"


def main() -> None:
    for before in sorted((FIXTURES / "object_form").glob("*.py")):
        result = migrate_bytes(before.read_bytes(), path=str(before))
        (FIXTURES / "class_form" / before.name).write_bytes(result.data)
        print(f"{result.outcome:>10}  {before.name}")
    for before in sorted((FIXTURES / "codemod").glob("*/before.py")):
        result = migrate_bytes(before.read_bytes(), path=str(before))
        before.with_name("after.py").write_bytes(result.data)
        print(f"{result.outcome:>10}  {before.parent.name}")


if __name__ == "__main__":
    main()
