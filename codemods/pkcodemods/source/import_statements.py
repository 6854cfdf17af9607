"""Import statements: made, added to, and where they belong at a module's head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.source.modules import dotted_name

_FUTURE = "__future__"


def import_statement(module: str, names: Mapping[str, str], width: int) -> cst.ImportFrom:
    """`from module import A, B as C`, over several lines where it is too long for one.

    Args:
        module: the module.
        names: what is imported, with the name that it gets here.
        width: the longest line, in columns.
    """
    statement = cst.ImportFrom(cst.Name(module), _aliases(names))
    return statement if _fits(statement, width) else _spread(statement)


def with_names(statement: cst.ImportFrom, names: Mapping[str, str], width: int) -> cst.ImportFrom:
    """An import that imports more, in its own style: sorted if it was, one name a line if it had that.

    Args:
        statement: the import.
        names: what is imported besides, with the name that it gets here.
        width: the longest line, in columns.
    """
    assert not isinstance(statement.names, cst.ImportStar)
    old = list(statement.names)
    if statement.lpar is not None and isinstance(
        statement.lpar.whitespace_after, cst.ParenthesizedWhitespace
    ):
        comma = cst.Comma(
            whitespace_after=statement.lpar.whitespace_after.with_changes(first_line=_END_OF_LINE)
        )
        if len(old) > 1 and isinstance(old[0].comma, cst.Comma):
            between = old[0].comma.whitespace_after
            if isinstance(between, cst.ParenthesizedWhitespace):
                comma = cst.Comma(
                    whitespace_after=between.with_changes(first_line=_END_OF_LINE, empty_lines=[])
                )
            else:
                comma = old[0].comma
        last = old[-1]
        added = [alias.with_changes(comma=comma) for alias in _aliases(names)]
        ending = last.comma
        before = last.with_changes(comma=comma)
        if isinstance(ending, cst.Comma) and comments_of(ending):
            return statement.with_changes(names=[*added, *old])  # a comment at its end stays there
        return statement.with_changes(
            names=[*old[:-1], before, *added[:-1], added[-1].with_changes(comma=ending)]
        )
    was_sorted = [_key(alias) for alias in old] == sorted(_key(alias) for alias in old)
    every = [*old, *_aliases(names)]
    if was_sorted:
        every.sort(key=_key)
    every = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in every]
    new = statement.with_changes(names=every)
    return new if statement.lpar is not None or _fits(new, width) else _spread(new)


_END_OF_LINE = cst.TrailingWhitespace()


def with_aliases(
    line: cst.SimpleStatementLine,
    statement: cst.ImportFrom,
    aliases: Sequence[tuple[cst.ImportAlias, cst.Comment | None]],
    width: int,
) -> cst.SimpleStatementLine:
    """A line that holds an import alone, with other names: one a line where it had that, or a comment is.

    Args:
        line: the line.
        statement: the import.
        aliases: what is imported, without commas, each with the comment behind it.
        width: the longest line, in columns.
    """
    plain = statement.with_changes(names=[alias for alias, _ in aliases])
    opening = statement.lpar.whitespace_after if statement.lpar is not None else None
    is_spread = isinstance(opening, cst.ParenthesizedWhitespace)
    comments = [comment for _, comment in aliases if comment is not None]
    if not is_spread and not comments and (statement.lpar is not None or _fits(plain, width)):
        return line.with_changes(body=[plain])
    spread = _spread(plain)
    assert spread.lpar is not None
    assert not isinstance(spread.names, cst.ImportStar)
    names = [_with_comment(alias, comment) for alias, (_, comment) in zip(spread.names, aliases, strict=True)]
    end = line.trailing_whitespace
    lpar = spread.lpar.with_deep_changes(spread.lpar.whitespace_after, first_line=end)
    closed = end.with_changes(whitespace=cst.SimpleWhitespace(""), comment=None)
    return line.with_changes(body=[spread.with_changes(names=names, lpar=lpar)], trailing_whitespace=closed)


def _with_comment(alias: cst.ImportAlias, comment: cst.Comment | None) -> cst.ImportAlias:
    if comment is None:
        return alias
    assert isinstance(alias.comma, cst.Comma)
    after = alias.comma.whitespace_after
    assert isinstance(after, cst.ParenthesizedWhitespace)
    line = after.first_line.with_changes(whitespace=cst.SimpleWhitespace("  "), comment=comment)
    return alias.with_deep_changes(after, first_line=line)


def comments_of(node: cst.CSTNode) -> list[cst.Comment]:
    """Every comment in a node, in order."""
    found: list[cst.Comment] = []

    class Comments(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 - libcst's name
            found.append(node)

    node.visit(Comments())
    return found


def _aliases(names: Mapping[str, str]) -> list[cst.ImportAlias]:
    return [
        cst.ImportAlias(cst.Name(new), asname=cst.AsName(cst.Name(local)) if local != new else None)
        for new, local in sorted(names.items())
    ]


def _key(alias: cst.ImportAlias) -> str:
    return dotted_name(alias.name) or ""


def _fits(statement: cst.ImportFrom, width: int) -> bool:
    return len(cst.Module([]).code_for_node(statement)) <= width


def _spread(statement: cst.ImportFrom) -> cst.ImportFrom:
    """An import with one name a line."""
    assert not isinstance(statement.names, cst.ImportStar)
    inner = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace("    "))
    end = cst.ParenthesizedWhitespace(indent=True)
    *most, last = statement.names
    names = [item.with_changes(comma=cst.Comma(whitespace_after=inner)) for item in most]
    names.append(last.with_changes(comma=cst.Comma(whitespace_after=end)))
    return statement.with_changes(
        names=names, lpar=cst.LeftParen(whitespace_after=inner), rpar=cst.RightParen()
    )


def head_of(body: Sequence[cst.CSTNode]) -> tuple[int, int]:
    """Where the imports at a module's head begin and end, behind its docstring and `__future__`."""
    start = 0
    while start < len(body) and (_is_future(body[start]) or (start == 0 and _is_docstring(body[start]))):
        start += 1
    end = start
    while end < len(body) and is_import(body[end]):
        end += 1
    return start, end


def sorts_behind(statement: cst.CSTNode, module: str) -> bool:
    """Whether a third-party `from` import comes behind that of a module in the usual order."""
    small = _small(statement)[0]
    if not isinstance(small, cst.ImportFrom):
        return False
    if small.relative:
        return True
    return is_third_party(statement) and (dotted_name(small.module) or "") > module


def in_order(statements: list[cst.BaseSmallStatement]) -> list[cst.BaseSmallStatement]:
    """Imports one after another by the module's name, where all of them are plain `from` imports."""
    if not all(isinstance(item, cst.ImportFrom) and not item.relative for item in statements):
        return statements
    return sorted(statements, key=lambda item: dotted_name(item.module) or "")  # type: ignore[attr-defined]


def with_sys(tree: cst.Module, local: str) -> cst.Module:
    """The tree with `import sys`, under a local name, among the imports at its head."""
    body = list(tree.body)
    index, end = head_of(body)
    asname = None if local == "sys" else cst.AsName(cst.Name(local))
    line = cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name("sys"), asname)])])
    while index < end and _sorts_before_sys(body[index]):
        index += 1
    if index and _sorts_before_sys(body[index - 1]):
        return tree.with_changes(body=[*body[:index], line, *body[index:]])
    if index < len(body):
        follower = body[index]
        line = line.with_changes(leading_lines=getattr(follower, "leading_lines", ()))
        standard = is_import(follower) and not is_third_party(follower)
        body[index] = follower.with_changes(leading_lines=[] if standard else [cst.EmptyLine(indent=False)])
    return tree.with_changes(body=[*body[:index], line, *body[index:]])


def _sorts_before_sys(statement: cst.CSTNode) -> bool:
    small = _small(statement)
    return len(small) == 1 and isinstance(small[0], cst.Import) and _key(small[0].names[0]) < "sys"


def is_import(statement: cst.CSTNode) -> bool:
    """Whether a statement is an import."""
    return any(isinstance(small, (cst.Import, cst.ImportFrom)) for small in _small(statement))


def is_third_party(statement: cst.CSTNode) -> bool:
    """Whether a statement imports from neither the standard library nor, relatively, its own package."""
    for small in _small(statement):
        if isinstance(small, cst.ImportFrom) and small.module is not None and not small.relative:
            return not stdlib.is_standard(dotted_name(small.module) or "")
        if isinstance(small, cst.Import):
            return not stdlib.is_standard(dotted_name(small.names[0].name) or "")
    return False


def _small(statement: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return statement.body if isinstance(statement, cst.SimpleStatementLine) else ()


def _is_future(statement: cst.CSTNode) -> bool:
    return any(
        isinstance(small, cst.ImportFrom) and dotted_name(small.module) == _FUTURE
        for small in _small(statement)
    )


def _is_docstring(statement: cst.CSTNode) -> bool:
    return any(
        isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString))
        for small in _small(statement)
    )
