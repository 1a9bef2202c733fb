"""A problem as a page, for a person who was on the way to one."""

import json
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse

from api.pages.page import environment
from api.pages.words import TAGS, language_of, words


def problem_page(request: Request, problem: JSONResponse) -> HTMLResponse:
    """The same status and headers, in words. It asks no store: the store may be the problem."""
    w = words(language_of(request))
    body = json.loads(bytes(problem.body))
    key, help_key = f"problem.status.{problem.status_code}", f"problem.help.{problem.status_code}"
    # Where the help or the title says it all, no more is said.
    detail = "" if w.has(help_key) or problem.status_code == HTTPStatus.NOT_FOUND else body["detail"]
    text = (
        environment()
        .get_template("problem.html")
        .render(
            w=w,
            tag=TAGS[w.language],
            status=problem.status_code,
            title=w(key) if w.has(key) else w("problem.other"),
            help=w(help_key) if w.has(help_key) else "",
            detail=detail,
        )
    )
    kept = {k: v for k, v in problem.headers.items() if k not in {"content-length", "content-type"}}
    return HTMLResponse(text, status_code=problem.status_code, headers=kept)
