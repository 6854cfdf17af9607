"""The imports of a migrated module: those of the class form added, and those taken away that nothing uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import libcst as cst

from pkcodemods.api import SERVER_TYPE, SHIMS, TYPES
from pkcodemods.deciding import is_for_typing, starred_types
from pkcodemods.inference import AnnotationReader
from pkcodemods.rewriting.classes import is_blank
from pkcodemods.rewriting.import_blocks import ImportBlocks
from pkcodemods.source import (
    Binding,
    Program,
    SourceModule,
    Store,
    head_of,
    import_statement,
    in_order,
    is_import,
    is_third_party,
    referenced_names,
    sorts_behind,
    with_names,
    with_sys,
)

_BRIDGE = frozenset(f"pkcompat.{name}" for name in ("legacy_to_class", *SHIMS.values()))


class ImportRewriter:
    """Rewrites the imports of a tree whose other edits are done."""

    def __init__(
        self,
        program: Program,
        module: SourceModule,
        annotations: AnnotationReader,
        *,
        runtime: Mapping[str, str],
        typing: Mapping[str, str],
        bridge: Collection[str],
        pinned: Collection[Binding],
        converts: bool,
        needs_sys: bool,
        line_length: int,
    ) -> None:
        """Make one.

        Args:
            program: the modules.
            module: the module, as it was.
            annotations: knows the modules of the object form.
            runtime: classes of `partyserver` that are needed, by local name.
            typing: those that only annotations need.
            bridge: functions of `pkcompat` that are needed.
            pinned: bindings that other code needs.
            converts: whether types of the object form become those of the class form.
            needs_sys: whether `sys` is needed.
            line_length: where import statements are wrapped.
        """
        self._program = program
        self._module = module
        self._annotations = annotations
        self._runtime = dict(runtime)
        self._typing = dict(typing)
        self._bridge = {name: name for name in bridge if not _imports_already(program, module, name)}
        self._placed: set[str] = set()
        self._pinned = pinned
        self._converts = converts
        self._needs_sys = needs_sys and "sys" not in module.scope.bindings
        self._width = line_length
        self._used: frozenset[str] = frozenset()
        self._replaced: dict[cst.CSTNode, list[cst.BaseSmallStatement]] = {}
        self._fallbacks = _fallbacks(program, module)
        self._starred = starred_types(program, module, annotations)

    def rewrite(self, tree: cst.Module, *, commented: cst.Module | None = None) -> cst.Module:
        """The tree with its imports as they should be.

        Args:
            tree: the tree.
            commented: the same with its type comments as they are going to be, where there are some.
        """
        self._used = referenced_names(tree, without=self._fallbacks, commented=commented)
        for wanted in (self._runtime, self._typing):
            for unused in [new for new, name in wanted.items() if name not in self._used]:
                del wanted[unused]
        statements = [node for node in self._module.nodes if isinstance(node, (cst.Import, cst.ImportFrom))]
        for node in statements:
            self._take_apart(node)
        for assignment, store in self._fallbacks.items():
            if self._is_replaced(store):
                self._replaced[assignment] = []
        self._add_to_existing(statements)
        anchor = next((node for node in statements if self._is_anchor(node)), None)
        if anchor is not None:
            rest = self._replaced.get(anchor, [anchor])
            self._replaced[anchor] = in_order([*self._new_statements(), *rest])
        new = tree.visit(ImportBlocks(self._replaced))
        assert isinstance(new, cst.Module)
        new = self._without_spare(new, statements, commented)
        if anchor is None:
            new = self._inserted(new)
        new = _without_blank_start(new)
        return with_sys(new) if self._needs_sys else new

    def _without_spare(
        self,
        tree: cst.Module,
        statements: list[cst.Import | cst.ImportFrom],
        commented: cst.Module | None,
    ) -> cst.Module:
        """The tree without what only a guard used that is gone: `TYPE_CHECKING`, `sys`."""
        if all(self._stands_at_top(node) for node in self._replaced):
            return tree
        used = referenced_names(tree, commented=commented)
        gone, self._used = self._used - used, used
        spare: dict[cst.CSTNode, list[cst.BaseSmallStatement]] = {}
        for node in statements if gone else []:
            if node in self._replaced or isinstance(node.names, cst.ImportStar):
                continue
            kept = []
            for alias in node.names:
                binding = self._binding(alias)
                is_spare = binding is not None and binding.name in gone
                if not is_spare or not self._is_unused(alias, binding, None):
                    kept.append(alias)
            if len(kept) < len(node.names):
                spare[node] = _with_only(node, kept)
        new = tree.visit(ImportBlocks(spare)) if spare else tree
        assert isinstance(new, cst.Module)
        return new

    def _stands_at_top(self, node: cst.CSTNode) -> bool:
        """Whether a statement is an import of the module's own block, with which nothing else goes."""
        line = self._program.parents[node]
        is_import = isinstance(node, (cst.Import, cst.ImportFrom))
        return is_import and self._program.parents[line] is self._module.tree

    # what each statement becomes

    def _take_apart(self, node: cst.Import | cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            assert isinstance(node, cst.ImportFrom)
            is_legacy = self._module.imported_module(node) in self._annotations.legacy_modules
            if is_legacy and self._converts and SERVER_TYPE not in self._used:
                named = {TYPES[name][0]: name for name in sorted(self._starred)}
                self._replaced[node] = [import_statement("partyserver", named, self._width)] if named else []
            return
        kept: list[cst.ImportAlias] = []
        converted: dict[str, str] = {}
        changed = False
        for alias in node.names:
            binding, legacy = self._binding(alias), self._legacy_name(node, alias)
            if self._is_unused_fallback(alias, binding):
                changed = True
            elif self._converts and legacy is not None and legacy in TYPES:
                changed = True
                self._convert(node, alias, binding, legacy, converted)
            elif self._is_unused(alias, binding, legacy):
                changed = True
            else:
                kept.append(alias)
        if not changed:
            return
        result: list[cst.BaseSmallStatement] = []
        if converted:
            result.append(import_statement("partyserver", converted, self._width))
        self._replaced[node] = [*result, *_with_only(node, kept)]

    def _convert(
        self,
        node: cst.Import | cst.ImportFrom,
        alias: cst.ImportAlias,
        binding: Binding | None,
        legacy: str,
        converted: dict[str, str],
    ) -> None:
        """Take a type of the object form over to the class form, if it is still used."""
        new = TYPES[legacy][0]
        local = alias.evaluated_alias or alias.evaluated_name
        for_typing = is_for_typing(self._program, node)
        if not self._keeps_name(alias, binding):
            if for_typing and new in self._typing and new not in self._runtime and new not in self._placed:
                self._placed.add(new)
                converted[new] = self._typing[new]
        elif binding is None or binding in self._pinned or local in self._used or not binding.loads:
            at_top = self._program.parents[self._program.parents[node]] is self._module.tree
            if not at_top or self._runtime.setdefault(new, local) != local:
                converted[new] = local

    def _keeps_name(self, alias: cst.ImportAlias, binding: Binding | None) -> bool:
        """Whether what is imported is called the same in the class form."""
        return alias.asname is not None or (binding is not None and binding in self._pinned)

    def _is_replaced(self, store: Store) -> bool:
        """Whether nothing needs any more what is bound there where an import fails."""
        binding = self._program.binding(store.name)
        return binding is not None and (self._is_moved(binding) or self._is_free(binding))

    def _is_moved(self, binding: Binding) -> bool:
        """Whether a name was a type of the object form, whose uses are all of the class form's type now."""
        store = self._program.import_of(binding)
        if not self._converts or store is None or binding in self._pinned:
            return False
        name = self._program.import_name(store)
        is_aliased = isinstance(store.node, cst.ImportAlias) and store.node.asname is not None
        is_type = name.rpartition(".")[2] in TYPES and self._annotations.is_legacy(name)
        return is_type and not is_aliased

    def _is_free(self, binding: Binding) -> bool:
        return binding not in self._pinned and binding.name not in self._used

    def _binding(self, alias: cst.ImportAlias) -> Binding | None:
        bound = alias.asname.name if alias.asname is not None else alias.name
        while isinstance(bound, cst.Attribute):
            bound = bound.value  # type: ignore[assignment]
        return self._program.binding(bound)

    def _legacy_name(self, node: cst.Import | cst.ImportFrom, alias: cst.ImportAlias) -> str | None:
        """What an import names of the object form: a type, or the module itself (as an empty string)."""
        name = cst.Module([]).code_for_node(alias.name)
        if isinstance(node, cst.ImportFrom):
            name = f"{self._module.imported_module(node)}.{name}"
        for module in self._annotations.legacy_modules:
            if name == module:
                return ""
            if name.startswith(module + ".") and "." not in name[len(module) + 1 :]:
                return name[len(module) + 1 :]
        return None

    def _is_unused(self, alias: cst.ImportAlias, binding: Binding | None, legacy: str | None) -> bool:
        """Whether nothing reads an import any more that something read before."""
        if binding is None or binding in self._pinned:
            return False
        name = binding.name
        if legacy in ("", SERVER_TYPE) or self._is_bridge(binding):
            return name not in self._used
        return bool(binding.loads) and name not in self._used and self._program.import_of(binding) is not None

    def _is_bridge(self, binding: Binding) -> bool:
        """Whether a name is a function of `pkcompat` that an earlier run brought."""
        store = self._program.import_of(binding)
        return store is not None and self._program.import_name(store) in _BRIDGE and self._converts

    def _is_unused_fallback(self, alias: cst.ImportAlias, binding: Binding | None) -> bool:
        """Whether an import stands in for one of the object form, and nothing uses what it binds."""
        if not self._converts or binding is None:
            return False
        store = next((store for store in binding.values if store.node is alias), None)
        if store is None or not self._program.is_fallback(store):
            return False
        return self._is_moved(binding) or (self._is_free(binding) and self._is_legacy(binding))

    def _is_legacy(self, binding: Binding) -> bool:
        store = self._program.import_of(binding)
        return store is not None and self._annotations.is_legacy(self._program.import_name(store))

    # where the new ones go

    def _is_anchor(self, node: cst.Import | cst.ImportFrom) -> bool:
        """Whether a statement is the module's own import of the object form."""
        if self._program.parents[self._program.parents[node]] is not self._module.tree:
            return False
        if isinstance(node.names, cst.ImportStar):
            assert isinstance(node, cst.ImportFrom)
            return self._module.imported_module(node) in self._annotations.legacy_modules
        return any(self._legacy_name(node, alias) is not None for alias in node.names)

    def _new_statements(self) -> list[cst.BaseSmallStatement]:
        wanted = {"partyserver": self._runtime, "pkcompat": self._bridge}
        return [import_statement(module, names, self._width) for module, names in wanted.items() if names]

    def _add_to_existing(self, statements: list[cst.Import | cst.ImportFrom]) -> None:
        """Let what the module imports from the same modules already import the new names too."""
        for module, names in (("partyserver", self._runtime), ("pkcompat", self._bridge)):
            target = next((node for node in statements if self._imports_from(node, module)), None)
            if target is None or not names:
                continue
            present = self._replaced.get(target, [target])
            if present and isinstance(present[0], cst.ImportFrom):
                self._replaced[target] = [with_names(present[0], names, self._width), *present[1:]]
                names.clear()

    def _imports_from(self, node: cst.Import | cst.ImportFrom, module: str) -> bool:
        """Whether a statement at the module's top is `from module import ...`."""
        return (
            isinstance(node, cst.ImportFrom)
            and not isinstance(node.names, cst.ImportStar)
            and self._module.imported_module(node) == module
            and self._program.parents[self._program.parents[node]] is self._module.tree
        )

    def _inserted(self, tree: cst.Module) -> cst.Module:
        """The tree with the new imports behind those at its head."""
        new = [cst.SimpleStatementLine([small]) for small in self._new_statements()]
        if not new:
            return tree
        body = list(tree.body)
        head = head_of(body)
        index = next(
            (position for position in range(*head) if sorts_behind(body[position], "partyserver")), head[1]
        )
        previous = body[index - 1] if index else None
        follower = body[index] if index < len(body) else None
        if previous is not None and not (is_import(previous) and is_third_party(previous)):
            new[0] = new[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        if follower is not None and index < head[1]:
            own_group = not is_third_party(follower)
            if previous is None or not is_third_party(previous):  # the follower was first of its group
                new[0] = new[0].with_changes(leading_lines=follower.leading_lines)
                blank = [cst.EmptyLine(indent=False)] if own_group else []
                body[index] = follower.with_changes(leading_lines=blank)
        elif follower is not None and not _starts_blank(follower):
            blanks = [cst.EmptyLine(indent=False)]
            if isinstance(follower, (cst.ClassDef, cst.FunctionDef)):
                blanks *= 2
            lines = [*blanks, *getattr(follower, "leading_lines", ())]
            body[index] = follower.with_changes(leading_lines=lines)
        return tree.with_changes(body=[*body[:index], *new, *body[index:]])


def _starts_blank(statement: cst.CSTNode) -> bool:
    """Whether there is a blank line above a statement and its comments."""
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    return bool(lines) and lines[0].comment is None


def _without_blank_start(tree: cst.Module) -> cst.Module:
    """The tree without blank lines at its very start, where the first statement went."""
    if not tree.body or tree.header:
        return tree
    first = tree.body[0]
    lines = list(getattr(first, "leading_lines", ()))
    while lines and is_blank(lines[0]):
        lines.pop(0)
    return tree.with_changes(body=[first.with_changes(leading_lines=lines), *tree.body[1:]])


def _with_only(
    node: cst.Import | cst.ImportFrom, kept: list[cst.ImportAlias]
) -> list[cst.BaseSmallStatement]:
    """An import of some of its names; nothing if there are none."""
    if not kept:
        return []
    last = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return [node.with_changes(names=[*kept[:-1], last])]


def _imports_already(program: Program, module: SourceModule, name: str) -> bool:
    """Whether a module knows a function of `pkcompat` under its own name when it runs."""
    binding = module.scope.bindings.get(name)
    store = program.import_of(binding) if binding is not None else None
    return (
        store is not None
        and program.import_name(store) == f"pkcompat.{name}"
        and not is_for_typing(program, store.node)
    )


def _fallbacks(program: Program, module: SourceModule) -> dict[cst.CSTNode, Store]:
    """The assignments `X = object` that stand in for an import that fails."""
    found: dict[cst.CSTNode, Store] = {}
    for binding in module.scope.bindings.values():
        for store in binding.stores:
            node = store.node
            if not isinstance(node, cst.Assign) or len(node.targets) > 1 or not program.is_fallback(store):
                continue
            if isinstance(node.value, (cst.Name, cst.Attribute)):
                found[node] = store
    return found
