"""Which layers Starlette puts around the router of an application.

A `Host` calls its endpoints past them where they do nothing: they take time for every request, and keep a
coroutine each for as long as a WebSocket is open. Starlette has no setting to leave them out, so it is
checked that there are no others than those which are known to do nothing.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware


def has_only_default_layers(app: Starlette) -> bool:
    """Whether an application without middleware of its own has no layer but those of Starlette 1.0.

    They turn an exception into a response, which the endpoints and the ASGI server do as well.
    """
    outer = app.build_middleware_stack()
    inner = getattr(outer, "app", None)
    return (
        type(outer) is ServerErrorMiddleware
        and type(inner) is ExceptionMiddleware
        and inner.app is app.router
    )
