"""What a user can choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from typing import Any

from pkcodemods.errors import SettingsError
from pkcodemods.objections import FileLeft, Objection

LEGACY_MODULES = ("partykit.server", "partykit")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a migration: the table `[tool.pkcompat]` of a `pyproject.toml`, and objections.

    Attributes:
        import_roots: modules that stand for `partykit.server` besides itself, such as a vendored copy.
        per_file_ignores: glob patterns of paths, each with the codes whose findings (or `all`) make the
            codemod leave the parties of such a file alone.
        line_length: the width that what is written fits in, where it fitted before.
        objections: what running parties showed about them; not in the table.
        left: the paths of files that stay as they are, with the reason; not in the table.
        party_names: what the parties in files are called where they are served, by the files' paths: their
            classes are called so. Empty where not even the file's name is to be taken. Not in the table.
    """

    import_roots: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] | None = None
    line_length: int = 88
    objections: tuple[Objection, ...] = ()
    left: Mapping[str, FileLeft] | None = None
    party_names: Mapping[str, str] | None = None

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Settings:
        """Settings from a TOML table, whose keys may be spelled with dashes.

        Args:
            table: the contents of `[tool.pkcompat]`; keys that are not the codemod's are passed over.

        Raises:
            SettingsError: a value is of the wrong type.
        """
        known = {field.name for field in fields(cls)} - {"objections", "left", "party_names"}
        given = {key.replace("-", "_"): value for key, value in table.items()}
        values: dict[str, Any] = {key: value for key, value in given.items() if key in known}
        if "import_roots" in values:
            values["import_roots"] = _names("import-roots", values["import_roots"])
        if "per_file_ignores" in values:
            ignores = values["per_file_ignores"]
            if not isinstance(ignores, Mapping):
                raise SettingsError("per-file-ignores is a table of patterns, each with a list of codes")
            values["per_file_ignores"] = {
                str(pattern): _names(f"per-file-ignores.{pattern}", codes)
                for pattern, codes in ignores.items()
            }
        width = values.get("line_length", 88)
        if isinstance(width, bool) or not isinstance(width, int) or width < 20:
            raise SettingsError(f"line-length is a number of columns, at least 20, got {width!r}")
        return cls(**values)

    def legacy_modules(self) -> tuple[str, ...]:
        """The modules whose names are those of the object form."""
        return (*LEGACY_MODULES, *self.import_roots)

    def objections_to(self, path: str | None, party: str) -> list[Objection]:
        """The objections to a party.

        Args:
            path: the path of its file, with slashes; None where there is none.
            party: its exported name; empty where the module itself is the object.
        """
        return [each for each in self.objections if (each.path, each.party) == (path, party)]

    def reason_to_leave(self, path: str | None) -> FileLeft | None:
        """Why a file stays as it is; None if it does not.

        Args:
            path: the path of its file, with slashes; None where there is none.
        """
        return self.left.get(path) if self.left and path is not None else None

    def party_name(self, path: str | None) -> str | None:
        """What the party in a file is called where it is served; None where that is not known.

        Args:
            path: the path of the file, with slashes; None where there is none.
        """
        return self.party_names.get(path) if self.party_names and path is not None else None

    def ignored_codes(self, path: str | None) -> frozenset[str]:
        """The codes that are ignored in a file.

        Args:
            path: the file's path, with slashes; None where there is none.
        """
        if path is None or not self.per_file_ignores:
            return frozenset()
        path = path.replace("\\", "/")
        return frozenset(
            code
            for pattern, codes in self.per_file_ignores.items()
            if fnmatch(path, pattern) or fnmatch(path, f"*/{pattern}")
            for code in codes
        )


DEFAULT_SETTINGS = Settings()
"""Those of a user who chose nothing."""


def _names(key: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SettingsError(f"{key} is a list of strings, got {value!r}")
    names = tuple(value)
    if not all(isinstance(name, str) and name for name in names):
        raise SettingsError(f"{key} is a list of strings, got {list(names)!r}")
    return names
