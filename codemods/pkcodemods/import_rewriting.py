"""The imports of a migrated module: those of the class form added, and those taken away that nothing uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import libcst as cst

from pkcodemods.annotations import AnnotationReader
from pkcodemods.partyserver_names import is_for_typing
from pkcodemods.program import Program, SourceModule
from pkcodemods.referenced_names import referenced_names
from pkcodemods.scopes import Binding, Role
from pkcodemods.vocabulary import SERVER_TYPE, TYPES

_FUTURE = "__future__"


class ImportRewriter(cst.CSTTransformer):
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
        super().__init__()
        self._program = program
        self._module = module
        self._annotations = annotations
        self._runtime = dict(runtime)
        self._typing = dict(typing)
        self._bridge = sorted(bridge)
        self._pinned = pinned
        self._converts = converts
        self._needs_sys = needs_sys and "sys" not in module.scope.bindings
        self._width = line_length
        self._used: frozenset[str] = frozenset()
        self._legacy: dict[cst.CSTNode, list[str]] = {}
        self._replaced: dict[cst.CSTNode, list[cst.BaseSmallStatement]] = {}
        self._emptied: set[cst.CSTNode] = set()

    def rewrite(self, tree: cst.Module) -> cst.Module:
        """The tree with its imports as they should be."""
        self._used = referenced_names(tree)
        for wanted in (self._runtime, self._typing):
            for unused in [new for new, name in wanted.items() if name not in self._used]:
                del wanted[unused]
        statements = [node for node in self._module.nodes if isinstance(node, (cst.Import, cst.ImportFrom))]
        for node in statements:
            self._take_apart(node)
        anchor = next((node for node in statements if self._is_anchor(node)), None)
        if anchor is not None:
            self._replaced[anchor] = [*self._new_statements(), *self._replaced.get(anchor, [])]
        new = tree.visit(self)
        assert isinstance(new, cst.Module)
        if anchor is None:
            new = self._inserted(new)
        new = _without_blank_start(new)
        return _with_sys(new) if self._needs_sys else new

    # what each statement becomes

    def _take_apart(self, node: cst.Import | cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            assert isinstance(node, cst.ImportFrom)
            if self._module.imported_module(node) in self._annotations.legacy_modules and self._converts:
                self._replaced[node] = []
            return
        kept: list[cst.ImportAlias] = []
        converted: dict[str, str] = {}
        changed = False
        for alias in node.names:
            binding, legacy = self._binding(alias), self._legacy_name(node, alias)
            if self._converts and legacy is not None and legacy in TYPES:
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
        if kept:
            kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            result.append(node.with_changes(names=kept))
        self._replaced[node] = result

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
        pinned = binding is not None and binding in self._pinned
        local = alias.evaluated_alias or alias.evaluated_name
        keeps_name = alias.asname is not None or pinned
        if keeps_name and not pinned and local not in self._used and binding is not None and binding.loads:
            return
        at_top = self._program.parents[self._program.parents[node]] is self._module.tree
        if keeps_name:
            name = local
        else:
            wanted = self._typing if is_for_typing(self._program, node) else self._runtime
            if new not in wanted or (new in self._runtime and wanted is self._typing):
                return
            name = wanted[new]
        if at_top:
            self._runtime.setdefault(new, name)
            if self._runtime[new] != name:
                converted[new] = name
        else:
            converted[new] = name

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
        if legacy in ("", SERVER_TYPE):
            return name not in self._used
        return bool(binding.loads) and name not in self._used and len(binding.values) == 1

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
        statements: list[cst.BaseSmallStatement] = []
        classes = {new: name for new, name in self._runtime.items() if not self._has("partyserver", new)}
        if classes:
            statements.append(import_statement("partyserver", classes, self._width))
        bridge = {name: name for name in self._bridge if not self._has("pkcompat", name)}
        if bridge:
            statements.append(import_statement("pkcompat", bridge, self._width))
        return statements

    def _has(self, module: str, name: str) -> bool:
        """Whether the module imports a name already."""
        return any(
            store.role is Role.IMPORT
            and self._program.import_name(store) == f"{module}.{name}"
            and not is_for_typing(self._program, store.node)
            for binding in self._module.scope.bindings.values()
            for store in binding.stores
        )

    def _inserted(self, tree: cst.Module) -> cst.Module:
        """The tree with the new imports behind those at its head."""
        new = [cst.SimpleStatementLine([small]) for small in self._new_statements()]
        if not new:
            return tree
        body = list(tree.body)
        head = _head(body)
        index = next(
            (position for position in range(*head) if _sorts_behind(body[position], "partyserver")), head[1]
        )
        previous = body[index - 1] if index else None
        follower = body[index] if index < len(body) else None
        if previous is not None and not (_is_import(previous) and _is_third_party(previous)):
            new[0] = new[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        if follower is not None and index < head[1]:  # it was first of its group
            new[0] = new[0].with_changes(leading_lines=follower.leading_lines)
            body[index] = follower.with_changes(leading_lines=[])
        elif follower is not None and not follower.leading_lines:
            blanks = 2 if isinstance(follower, (cst.ClassDef, cst.FunctionDef)) else 1
            body[index] = follower.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * blanks)
        return tree.with_changes(body=[*body[:index], *new, *body[index:]])

    # the walk

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Walk into statements only."""
        return isinstance(
            node,
            (
                *(cst.Module, cst.BaseCompoundStatement, cst.SimpleStatementLine, cst.IndentedBlock),
                *(cst.Else, cst.ExceptHandler, cst.Finally),
            ),
        )

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        """Put the statements in place of an import."""
        if not any(small in self._replaced for small in original_node.body):
            return updated_node
        smalls: list[cst.BaseSmallStatement] = []
        for small in original_node.body:
            smalls += self._replaced.get(small, [small])
        if not smalls:
            return cst.RemovalSentinel.REMOVE
        smalls = [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in smalls]
        first = updated_node.with_changes(body=smalls[:1])
        return cst.FlattenSentinel([first, *(cst.SimpleStatementLine([small]) for small in smalls[1:])])

    def leave_If(  # noqa: N802 - libcst's name
        self, original_node: cst.If, updated_node: cst.If
    ) -> cst.BaseStatement | cst.RemovalSentinel:
        """A `TYPE_CHECKING` block that lost its last import goes."""
        if original_node.body.body and not updated_node.body.body and updated_node.orelse is None:
            return cst.RemovalSentinel.REMOVE
        return updated_node


def import_statement(module: str, names: Mapping[str, str], width: int) -> cst.ImportFrom:
    """`from module import A, B as C`, over several lines where it is too long for one."""
    items = [
        cst.ImportAlias(
            cst.Name(new),
            asname=cst.AsName(cst.Name(local)) if local != new else None,
        )
        for new, local in sorted(names.items())
    ]
    statement = cst.ImportFrom(cst.Name(module), items)
    if len(cst.Module([]).code_for_node(statement)) <= width:
        return statement
    inner = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace("    "))
    end = cst.ParenthesizedWhitespace(indent=True)
    spread = [item.with_changes(comma=cst.Comma(whitespace_after=inner)) for item in items[:-1]]
    spread.append(items[-1].with_changes(comma=cst.Comma(whitespace_after=end)))
    return cst.ImportFrom(
        cst.Name(module), spread, lpar=cst.LeftParen(whitespace_after=inner), rpar=cst.RightParen()
    )


def _without_blank_start(tree: cst.Module) -> cst.Module:
    """The tree without blank lines at its very start, where the first statement went."""
    if not tree.body or tree.header:
        return tree
    first = tree.body[0]
    lines = list(getattr(first, "leading_lines", ()))
    while lines and lines[0].comment is None:
        lines.pop(0)
    return tree.with_changes(body=[first.with_changes(leading_lines=lines), *tree.body[1:]])


def _head(body: Sequence[cst.CSTNode]) -> tuple[int, int]:
    """Where the imports at a module's head begin and end, behind its docstring and `__future__`."""
    start = 0
    while start < len(body) and (_is_future(body[start]) or (start == 0 and _is_docstring(body[start]))):
        start += 1
    end = start
    while end < len(body) and _is_import(body[end]):
        end += 1
    return start, end


def _sorts_behind(statement: cst.CSTNode, module: str) -> bool:
    """Whether a third-party `from` import comes behind that of a module in the usual order."""
    small = _small(statement)[0]
    if not isinstance(small, cst.ImportFrom) or not _is_third_party(statement):
        return False
    return small.module is not None and cst.Module([]).code_for_node(small.module) > module


def _with_sys(tree: cst.Module) -> cst.Module:
    """The tree with `import sys` as its first import."""
    body = list(tree.body)
    index = 0
    while index < len(body) and (_is_docstring(body[index]) or _is_future(body[index])):
        index += 1
    line = cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name("sys"))])])
    if index < len(body):
        follower = body[index]
        line = line.with_changes(leading_lines=getattr(follower, "leading_lines", ()))
        standard = _is_import(follower) and not _is_third_party(follower)
        body[index] = follower.with_changes(leading_lines=[] if standard else [cst.EmptyLine(indent=False)])
    return tree.with_changes(body=[*body[:index], line, *body[index:]])


def _small(statement: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return statement.body if isinstance(statement, cst.SimpleStatementLine) else ()


def _is_import(statement: cst.CSTNode) -> bool:
    return any(isinstance(small, (cst.Import, cst.ImportFrom)) for small in _small(statement))


def _is_future(statement: cst.CSTNode) -> bool:
    return any(
        isinstance(small, cst.ImportFrom)
        and isinstance(small.module, cst.Name)
        and small.module.value == _FUTURE
        for small in _small(statement)
    )


def _is_docstring(statement: cst.CSTNode) -> bool:
    return any(isinstance(small, cst.Expr) for small in _small(statement))


def _is_third_party(statement: cst.CSTNode) -> bool:
    from pkcodemods import external

    for small in _small(statement):
        if isinstance(small, cst.ImportFrom) and small.module is not None and not small.relative:
            return not external.is_standard(cst.Module([]).code_for_node(small.module))
        if isinstance(small, cst.Import):
            return not external.is_standard(cst.Module([]).code_for_node(small.names[0].name))
    return False
