"""The codemod as a command of LibCST: `python -m libcst.tool codemod -x pkcodemods.MigrateParties PATH`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from pkcodemods.project_root import name_of_root_package
from pkcodemods.settings import Settings
from pkcodemods.single_source import migrate_source


class MigrateParties(CodemodCommand):
    """Rewrites the parties of each module; findings are LibCST's warnings.

    Each module is migrated by itself: `pkcompat migrate` also follows rooms into other modules.

    Args:
        context: LibCST's.
        import_root: modules that stand for `partykit.server` besides itself.
        party: `NAME=FILE` each: what the party in a file is called where it is served.
    """

    DESCRIPTION = "Rewrite PartyKit parties from the object of handlers to the class."

    def __init__(
        self, context: CodemodContext, import_root: Sequence[str] = (), party: Sequence[str] = ()
    ) -> None:
        super().__init__(context)
        parties = (each.partition("=") for each in party)
        self._names = {os.path.abspath(file): name for name, _, file in parties}
        self._import_roots = tuple(import_root)

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """The command's own options."""
        arg_parser.add_argument(
            "--import-root",
            action="append",
            default=[],
            metavar="MODULE",
            help="A module that stands for partykit.server; may be given any number of times.",
        )
        arg_parser.add_argument(
            "--party",
            action="append",
            default=[],
            metavar="NAME=FILE",
            help="What the party in a file is called, and so its class; may be given any number of times.",
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The module with its parties rewritten; the same tree where nothing changes."""
        source = tree.code
        result = migrate_source(source, path=self.context.filename, settings=self._settings())
        findings = [finding for party in result.parties for finding in party.findings]
        for finding in [*findings, *result.findings]:
            place = f"{finding.line}:{finding.column}"
            self.warn(f"{place}: {finding.code} {finding.message} {finding.help}")
        return tree if result.code == source else cst.parse_module(result.code, tree.config_for_parsing)

    def _settings(self) -> Settings:
        file = self.context.filename
        if file is None:
            return Settings(self._import_roots)
        known = self._names.get(os.path.abspath(file), name_of_root_package(Path(file)))
        return Settings(self._import_roots, party_names=None if known is None else {file: known})
