"""A contract of import-linter: a sub-package's border is crossed only by what its `__init__.py` offers."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class BordersContract(Contract):
    """`a.b` is imported from anywhere, `a.b.c` from within `a.b` alone.

    Options:
        packages: the packages whose sub-packages have borders.
        exempt: modules that belong to a sub-package though they lie beside it, each as `a.b -> a.c`.
    """

    type_name = "borders"

    packages = fields.ListField(subfield=fields.StringField())
    exempt = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find the imports across a border.

        Args:
            graph: every import between modules.
            verbose: not used: there is nothing to tell of the way.
        """
        exempt = {tuple(pair.split(" -> ")) for pair in self.exempt or []}  # type: ignore[attr-defined]
        crossings = [
            (importer, imported)
            for package in self.packages  # type: ignore[attr-defined]
            for sub_package in graph.find_children(package)
            for imported in graph.find_descendants(sub_package)
            for importer in graph.find_modules_that_directly_import(imported)
            if not _is_within(importer, sub_package) and (importer, sub_package) not in exempt
        ]
        return ContractCheck(kept=not crossings, metadata={"crossings": sorted(crossings)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports across a border."""
        for importer, imported in check.metadata["crossings"]:
            home = ".".join(imported.split(".")[:2])
            output.print_error(f"{importer} imports {imported}: import it from {home}, which must offer it")


def _is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
