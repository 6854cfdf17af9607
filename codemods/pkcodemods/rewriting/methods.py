"""Building the methods of the class."""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst

from pkcodemods.api import Offered
from pkcodemods.inference import RETURN
from pkcodemods.plans import HandlerPlan, Move
from pkcodemods.source import (
    attribute,
    descendants,
    has_signature_comment,
    on_one_line,
    standing_alone,
    with_moved_signature,
)

_BUILTIN_TYPES = ("str | bytes", "Exception")
_DEFAULT = cst.MaybeSentinel.DEFAULT
_SELF = cst.Param(cst.Name("self"))
LocalName = Callable[[str], str]
"""Gives the local name of a class of `partyserver`."""


def build_method(
    plan: HandlerPlan,
    function: cst.FunctionDef | cst.Lambda,
    shims: dict[str, str],
    local: LocalName,
) -> cst.FunctionDef:
    """The method of a handler.

    Args:
        plan: what was decided.
        function: the handler's function, its body edited already.
        shims: for a handler that gets views, the function that makes each kind's.
        local: the local names of `partyserver`'s classes.
    """
    if plan.move is Move.LAMBDA:
        assert isinstance(function, cst.Lambda)
        return _from_lambda(plan, function, local)
    if plan.move is Move.DELEGATE:
        return _delegating(plan, function, shims, local)
    assert isinstance(function, cst.FunctionDef)
    return _from_function(plan, function, local)


def _from_function(plan: HandlerPlan, function: cst.FunctionDef, local: LocalName) -> cst.FunctionDef:
    handler = plan.entry.handler
    method = function.with_changes(
        name=cst.Name(handler.method), params=_parameters(plan, function, local), leading_lines=[]
    )
    method = _with_signature_comment(method, plan, function, local)
    if plan.room_alias:
        assert plan.room_parameter is not None
        method = with_room_alias(method, plan.room_parameter.name.value)
    if handler.static and plan.move is Move.FUNCTION:
        method = method.with_changes(
            decorators=[cst.Decorator(cst.Name("staticmethod")), *function.decorators],
        )
    return method


def _with_signature_comment(
    method: cst.FunctionDef, plan: HandlerPlan, function: cst.FunctionDef, local: LocalName
) -> cst.FunctionDef:
    """The method with a signature in a type comment that fits it."""
    handler = plan.entry.handler
    before = (*function.params.posonly_params, *function.params.params)
    taken = len(before) - (1 if plan.move is Move.METHOD and not plan.was_static else 0)
    added = (
        [
            offered.annotation if offered.annotation in _BUILTIN_TYPES else local(offered.annotation)
            for index, offered in enumerate(handler.offered)
            if index >= taken and index != handler.room_index
        ]
        if has_signature_comment(function)
        else []
    )
    return with_moved_signature(method, taken, handler.room_index, added)


def _from_lambda(plan: HandlerPlan, function: cst.Lambda, local: LocalName) -> cst.FunctionDef:
    handler, returns = plan.entry.handler, plan.annotations.get(RETURN)
    parameters = _parameters(plan, function, local)
    return cst.FunctionDef(
        cst.Name(handler.method),
        _annotated(parameters, plan, local) if returns is not None else parameters,
        cst.IndentedBlock([cst.SimpleStatementLine([cst.Return(standing_alone(function.body))])]),
        decorators=[cst.Decorator(cst.Name("staticmethod"))] if handler.static else [],
        returns=returns,
    )


def _annotated(parameters: cst.Parameters, plan: HandlerPlan, local: LocalName) -> cst.Parameters:
    """The parameters of a method, which takes all that is offered, with annotations."""
    handler = plan.entry.handler
    offered = [each for index, each in enumerate(handler.offered) if index != handler.room_index]
    types = [*([] if handler.static else [None]), *(annotation_of(each, local) for each in offered)]
    new = [
        parameter.with_changes(annotation=annotation)
        for parameter, annotation in zip((*parameters.posonly_params, *parameters.params), types, strict=True)
    ]
    count = len(parameters.posonly_params)
    return parameters.with_changes(posonly_params=new[:count], params=new[count:])


def _parameters(
    plan: HandlerPlan, function: cst.FunctionDef | cst.Lambda, local: LocalName
) -> cst.Parameters:
    """The method's parameters: `self`, those of the function but for the room, and those it left out."""
    handler, parameters = plan.entry.handler, function.params
    has_self = plan.move is Move.METHOD and not plan.was_static
    first = 1 if has_self else 0
    room = handler.room_index
    positional = [*parameters.posonly_params, *parameters.params]
    taken = positional[first : first + len(handler.offered)]
    kept = [parameter for index, parameter in enumerate(taken) if index != room]
    extra = positional[first + len(handler.offered) :]
    added = _left_out(plan, len(taken), function, kept, local)
    lead = positional[:first] if has_self else ([] if handler.static else [_SELF])
    everything = [*lead, *kept, *added, *extra]
    last_positional_only = len(parameters.posonly_params)
    only = [p for p in everything if p in positional[:last_positional_only]]
    new = _with_commas([*lead, *[p for p in everything if p not in lead]], positional)
    count = max((everything.index(p) + 1 for p in only), default=0)
    if isinstance(function, cst.Lambda):
        new = [
            on_one_line(p).with_changes(comma=_DEFAULT, whitespace_after_param=cst.SimpleWhitespace(""))
            for p in new
        ]
    changed = parameters.with_changes(posonly_params=new[:count], params=new[count:])
    if not count:
        changed = changed.with_changes(posonly_ind=cst.MaybeSentinel.DEFAULT)
    return changed


def _left_out(
    plan: HandlerPlan,
    taken: int,
    function: cst.FunctionDef | cst.Lambda,
    kept: list[cst.Param],
    local: LocalName,
) -> list[cst.Param]:
    """Parameters for what the class form offers and the handler did not take."""
    handler, used = plan.entry.handler, _names_in(function)
    returns = getattr(function, "returns", None)
    annotated = all(parameter.annotation is not None for parameter in kept) and bool(kept or returns)
    has_default = any(parameter.default is not None for parameter in kept)
    added = []
    for index, offered in enumerate(handler.offered):
        if index < taken or index == handler.room_index:
            continue
        name = offered.name
        while name in used:
            name = f"_{name}"
        name = plan.left_out.get(index, name)
        used.add(name)
        added.append(
            cst.Param(
                cst.Name(name),
                annotation=annotation_of(offered, local) if annotated else None,
                default=cst.Name("None") if has_default else None,
                equal=_equal(spaced=annotated) if has_default else cst.MaybeSentinel.DEFAULT,
                star="",
            )
        )
    return added


def _equal(*, spaced: bool) -> cst.AssignEqual:
    space = cst.SimpleWhitespace(" " if spaced else "")
    return cst.AssignEqual(space, space)


def annotation_of(offered: Offered, local: LocalName) -> cst.Annotation:
    """The annotation of an argument in the class form."""
    text = offered.annotation
    builtin = text in _BUILTIN_TYPES
    return cst.Annotation(cst.parse_expression(text) if builtin else cst.Name(local(text)))


def _with_commas(parameters: list[cst.Param], before: list[cst.Param]) -> list[cst.Param]:
    """Parameters with the commas of the list that they come from, which may be spread over lines."""
    spread = next((p.comma for p in before if isinstance(p.comma, cst.Comma) and _breaks_line(p.comma)), None)
    if not parameters or not before:
        return parameters
    ending = before[-1]
    if spread is None:
        plain = [
            parameter.with_changes(
                comma=cst.MaybeSentinel.DEFAULT, whitespace_after_param=cst.SimpleWhitespace("")
            )
            for parameter in parameters
        ]
        plain[-1] = plain[-1].with_changes(whitespace_after_param=ending.whitespace_after_param)
        return plain
    inner = spread if len(before) > 1 else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    inner = inner.with_changes(
        whitespace_before=cst.SimpleWhitespace("")
    )  # its comment belongs to another parameter
    new = []
    for parameter in parameters:
        comment = _line_end(parameter)
        if parameter is parameters[-1]:
            comma, after = ending.comma, ending.whitespace_after_param
            if isinstance(comma, cst.Comma):
                comma = _with_line_end(comma, comment)
            elif isinstance(after, cst.ParenthesizedWhitespace):
                after = after.with_changes(first_line=_ended(after.first_line, comment), empty_lines=[])
        else:
            comma, after = _with_line_end(inner, comment), cst.SimpleWhitespace("")
        if parameter in before and parameter is not ending and parameter is not parameters[-1]:
            comma = parameter.comma
        new.append(parameter.with_changes(comma=comma, whitespace_after_param=after))
    return new


def _line_end(parameter: cst.Param) -> cst.Comment | None:
    """The comment that ends a parameter's line."""
    comma, after = parameter.comma, parameter.whitespace_after_param
    if isinstance(comma, cst.Comma):
        after = comma.whitespace_after
    return after.first_line.comment if isinstance(after, cst.ParenthesizedWhitespace) else None


def _with_line_end(comma: cst.Comma, comment: cst.Comment | None) -> cst.Comma:
    after = comma.whitespace_after
    if not isinstance(after, cst.ParenthesizedWhitespace):
        return comma
    line = _ended(after.first_line, comment)
    return comma.with_changes(whitespace_after=after.with_changes(first_line=line, empty_lines=[]))


def _ended(line: cst.TrailingWhitespace, comment: cst.Comment | None) -> cst.TrailingWhitespace:
    space = cst.SimpleWhitespace("" if comment is None else "  ")
    return line.with_changes(whitespace=space, comment=comment)


def _breaks_line(comma: cst.Comma) -> bool:
    return isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)


def _names_in(function: cst.CSTNode) -> set[str]:
    return {"self", *(node.value for node in descendants(function) if isinstance(node, cst.Name))}


def with_room_alias(method: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """`room = self.room` as the first statement, behind the docstring."""
    assign = cst.Assign([cst.AssignTarget(cst.Name(name))], attribute(cst.Name("self"), "room"))
    alias = cst.SimpleStatementLine([assign])
    if isinstance(method.body, cst.SimpleStatementSuite):
        lines = [
            cst.SimpleStatementLine([small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
            for small in method.body.body
        ]
        lines[-1] = lines[-1].with_changes(trailing_whitespace=method.body.trailing_whitespace)
        return method.with_changes(body=cst.IndentedBlock([alias, *lines]))
    body = list(method.body.body)
    index = 1 if method.get_docstring(clean=False) is not None else 0
    follower = body[index] if index < len(body) else None
    if isinstance(follower, (cst.FunctionDef, cst.ClassDef)) and not follower.leading_lines:
        body[index] = follower.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    return method.with_changes(body=method.body.with_changes(body=[*body[:index], alias, *body[index:]]))


def indent_docstring(method: cst.FunctionDef, indent: str) -> cst.FunctionDef:
    """Indent the further lines of a docstring with the function that it is moved with.

    Args:
        method: the function.
        indent: what a level of the module is indented by.
    """
    if not isinstance(method.body, cst.IndentedBlock) or not method.body.body:
        return method
    line = method.body.body[0]
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(line.body[0], cst.Expr):
        return method
    string = line.body[0].value
    if not isinstance(string, cst.SimpleString) or re.search(r"\\[\r\n]", string.value):
        return method
    first, *rest = _LINE_END.split(string.value)
    texts, ends = rest[1::2], rest[::2]
    own = method.body.indent or indent
    if not all(text.startswith(own) or not text.strip() for text in texts):
        return method
    moved = (end + (indent + text if text.strip() else text) for end, text in zip(ends, texts, strict=True))
    new = line.with_changes(
        body=[cst.Expr(string.with_changes(value=first + "".join(moved))), *line.body[1:]]
    )
    return method.with_changes(body=method.body.with_changes(body=[new, *method.body.body[1:]]))


_LINE_END = re.compile(r"(\r\n|\r|\n)")


def _delegating(
    plan: HandlerPlan, function: cst.FunctionDef | cst.Lambda, shims: dict[str, str], local: LocalName
) -> cst.FunctionDef:
    """A method that calls the function, which stays where it is."""
    handler, signature = plan.entry.handler, plan.signature
    taken = signature.taken(handler)
    annotations, returns = _annotations_of(plan, function)
    annotated = all(annotations.values()) and bool(annotations or returns)
    parameters: list[cst.Param] = [] if handler.static else [_SELF]
    arguments: list[cst.Arg] = [_plain(argument) for argument in plan.before]
    assert plan.call is not None
    used = {"self", *_names_in(plan.call)}
    for index, offered in enumerate(handler.offered):
        original = signature.positional[index] if index < len(signature.positional) else None
        if index == handler.room_index:
            value: cst.BaseExpression = attribute(cst.Name("self"), "room")
        else:
            name = original.name.value if original is not None else offered.name
            while name in used:
                name = f"{offered.name}_" if not name.endswith("_") else f"{name}_"
            used.add(name)
            if original is not None:
                annotation = annotations.get(original.name.value)
            else:
                annotation = annotation_of(offered, local) if annotated else None
            parameters.append(cst.Param(cst.Name(name), annotation=annotation))
            value = cst.Name(name)
        shim = shims.get(offered.kind.value) if plan.views and offered.kind is not None else None
        if index < taken:
            arguments.append(cst.Arg(cst.Call(cst.Name(shim), [cst.Arg(value)]) if shim else value))
    arguments += [_plain(argument) for argument in plan.keywords]
    called: cst.BaseExpression = cst.Call(on_one_line(plan.call), arguments)
    if signature.is_async:
        called = cst.Await(called)
    is_statement = not handler.answers and (signature.is_async or not signature.returns)
    statement = cst.Expr(called) if is_statement else cst.Return(called)
    return cst.FunctionDef(
        cst.Name(handler.method),
        cst.Parameters(params=parameters),
        cst.IndentedBlock([cst.SimpleStatementLine([statement])]),
        decorators=[cst.Decorator(cst.Name("staticmethod"))] if handler.static else [],
        asynchronous=cst.Asynchronous() if signature.is_async else None,
        returns=returns,
    )


def _annotations_of(
    plan: HandlerPlan, function: cst.FunctionDef | cst.Lambda
) -> tuple[dict[str, cst.Annotation | None], cst.Annotation | None]:
    """The annotations of a delegating method's parameters, and of what it returns."""
    parameters = (*function.params.posonly_params, *function.params.params)
    known = {parameter.name.value: parameter.annotation for parameter in parameters}
    known[RETURN] = returns = getattr(function, "returns", None)
    known |= plan.annotations
    gives_coroutine = isinstance(function, cst.FunctionDef) and function.asynchronous is not None
    if returns is not None and gives_coroutine and not plan.signature.is_async:
        known[RETURN] = None if plan.entry.handler.answers else cst.Annotation(cst.Name("object"))
    every = {name: node and on_one_line(node) for name, node in known.items()}
    wanted = [parameter.name.value for parameter in plan.signature.positional]  # without `self`
    return {name: every[name] for name in wanted if name in every}, every[RETURN]


def _plain(argument: cst.Arg) -> cst.Arg:
    return argument.with_changes(
        comma=cst.MaybeSentinel.DEFAULT,
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        if argument.keyword is not None
        else cst.MaybeSentinel.DEFAULT,
        whitespace_after_arg=cst.SimpleWhitespace(""),
    )
