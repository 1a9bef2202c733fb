"""A page as these tests ask for it and read it."""

from html.parser import HTMLParser

from tests.unit.api.conftest import Site

VOID = {"meta", "link", "img", "input", "br", "rect", "line", "circle", "path"}


class Reader(HTMLParser):
    """Collects addresses and ids, and checks that tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open in ([], ["html"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), f"an attribute twice in {tag}"
        self.tags.append((tag, given))
        self.addresses += [given[n] for n in ("href", "src", "action", "formaction", "srcset") if n in given]
        self.ids += [given["id"]] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes out of order"


def page(site: Site, path: str, language: str = "zh") -> str:
    answer = site.client.get(path, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text
