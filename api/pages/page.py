"""Templates made into answers."""

from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages.visit import Visit
from api.pages.words import COOKIE, LANGUAGES, TAGS

FOLDER = Path(__file__).parent.parent / "templates"
YEAR_S = 31_536_000


@cache
def environment() -> Environment:
    """Everything is escaped; a name a template misspells is a fault, not an empty space."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(request: Request, template: str, v: Visit, status: int = 200, **values: object) -> HTMLResponse:
    """The page, in the visit's language; a language asked for by `?lang=` is remembered."""
    text = (
        environment()
        .get_template(template)
        .render(v=v, w=v.w, tag=TAGS[v.language], here=request.url.path, **values)
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": TAGS[v.language],
        "Vary": "Cookie, Accept-Language",
    }
    page = HTMLResponse(text, status_code=status, headers=headers)
    if request.query_params.get("lang") in LANGUAGES:
        page.set_cookie(COOKIE, v.language, max_age=YEAR_S, samesite="lax", httponly=True)
    return page
