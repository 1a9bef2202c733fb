"""Who may speak to the API: the token, the Host header, and that no other page acts in a person's name."""

import hashlib
import hmac
from html import escape
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import answer, problem
from api.settings import Settings, is_loopback

COOKIE = "linli_access"
COOKIE_S = 30 * 86_400
OPEN_PATH = "/healthz"
OPEN_FOLDER = "/static/"
"""What everybody may have of linli anyway; the page that asks for the token is drawn with it."""
SAFE = {"GET", "HEAD", "OPTIONS"}


def operator(request: Request) -> str:
    """The door where sign-in will go: every route that changes something asks it who acts.

    Today whoever `Gate` let in may act, and says a name (`by`); nobody is known, so the answer is "".
    """
    return str(request.scope.get("linli.operator", ""))


class Gate:
    """Refuses what may not come in, before any route is looked for."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._token = settings.api_token.encode()
        # The cookie is not the token itself, so that what a browser keeps cannot be used as Bearer elsewhere.
        self._cookie = hmac.new(self._token, b"linli page", hashlib.sha256).hexdigest().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or answer in its place."""
        if scope["type"] == "http":
            request = Request(scope)
            refusal = self._refusal(request)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        path = request.scope["path"]
        if request.method in SAFE and (path == OPEN_PATH or path.startswith(OPEN_FOLDER)):
            return None
        if self._token:
            given = request.query_params.get("token")
            if given is not None and request.method == "GET" and self._is_token(given):
                return self._welcome(request)
            if not self._knows(request):
                return _unauthorised(request)
        elif not is_loopback(_host_name(request)):
            # A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding); its Host gives it away.
            detail = "Without a token linli answers to the names of this machine only (localhost, 127.0.0.1)."
            return answer(request, problem(HTTPStatus.MISDIRECTED_REQUEST, detail))
        if request.method not in SAFE and not _same_origin(request):
            return answer(request, problem(HTTPStatus.FORBIDDEN, "Another web page may not act here."))
        return None

    def _knows(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(token.strip()):
            return True
        return hmac.compare_digest(_bytes(request.cookies.get(COOKIE, "")), self._cookie)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(_bytes(given), self._token)

    def _welcome(self, request: Request) -> Response:
        """Set the cookie and go on without the token in the address.

        A page that goes on by itself, not a redirect: after a link from elsewhere a browser would not send a
        SameSite=Strict cookie with the redirected request.
        """
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
        path = "/" + request.url.path.lstrip("/")  # never //host
        target = escape(path + (f"?{urlencode(kept, errors='replace')}" if kept else ""), quote=True)
        page = HTMLResponse(
            f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={target}">'
            '<link rel="icon" href="/static/favicon.svg"><title>linli</title>'
            f'<p><a href="{target}">linli</a></p>',
            headers={"Cache-Control": "no-store"},
        )
        secure = request.url.scheme == "https"
        page.set_cookie(
            COOKIE,
            self._cookie.decode(),
            max_age=COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=secure,
        )
        return page


def _unauthorised(request: Request) -> Response:
    detail = "Send the token as `Authorization: Bearer …`, or open /?token=… once in this browser."
    headers = {"WWW-Authenticate": 'Bearer realm="linli"'}
    return answer(request, problem(HTTPStatus.UNAUTHORIZED, detail, headers=headers))


def _same_origin(request: Request) -> bool:
    """A browser says where a request comes from; what says nothing is no browser and holds no cookie."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    except ValueError:
        return False


def _host_name(request: Request) -> str:
    host = request.headers.get("host", "").lower()
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    return name.rstrip(".")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
