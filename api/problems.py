"""Every error answer is a problem (RFC 9457): one table from error class to status, and the handlers."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from linli.errors import (
    Conflict,
    HistoryError,
    InvalidMessage,
    InvalidQuery,
    LinliError,
    NotFound,
    StaleState,
    StoreRefused,
    StoreUnavailable,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[Exception], HTTPStatus] = {
    InvalidQuery: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidMessage: HTTPStatus.UNPROCESSABLE_ENTITY,
    StoreRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    StaleState: HTTPStatus.CONFLICT,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    HistoryError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What becomes of each error; a LinliError that is not here is our fault, a 500."""


def status_of(error: Exception) -> HTTPStatus:
    """The status of an error, by its class or the nearest class above it."""
    found = (STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)
    return next(found, HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(
    status: int, detail: str = "", *, headers: dict[str, str] | None = None, **members: Any
) -> JSONResponse:
    """A problem answer. `members` are its extensions."""
    phrase = HTTPStatus(status).phrase
    name = phrase.lower().replace(" ", "-")
    body = {"type": f"urn:linli:problem:{name}", "title": phrase, "status": int(status), "detail": detail}
    return JSONResponse(
        body | members,
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def install(app: FastAPI) -> None:
    """Make every error of this app a problem."""
    app.add_exception_handler(LinliError, _linli)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)


async def _linli(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return await _fault(request, error)
    headers = {"Retry-After": "5"} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    return answer(request, problem(status, readable(str(error)), headers=headers))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is installed for this class
    # The input itself is not repeated: it may be anything, half a surrogate pair too, and need not be JSON.
    errors = [
        {"where": ".".join(readable(str(part)) for part in one["loc"]), "message": readable(one["msg"])}
        for one in error.errors()[:20]
    ]
    detail = "; ".join(f"{one['where']}: {one['message']}" for one in errors[:3])
    return answer(request, problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is installed for this class
    headers = dict(error.headers) if error.headers else None
    return answer(request, problem(error.status_code, readable(str(error.detail)), headers=headers))


async def _fault(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(
        request, problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The fault is ours and has been logged.")
    )


def answer(request: Request, response: JSONResponse) -> Response:
    """The problem as it is, or as a page for a person who was on the way to one."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        from api.pages.problem import problem_page  # the pages need this module to be there first

        return problem_page(request, response)
    return response


def readable(text: str) -> str:
    """Text that any JSON writer can write, at most 500 characters."""
    return text[:500].encode("utf-8", "replace").decode("utf-8")
