"""Questions to the REST API."""

from typing import Any

from tests.unit.api.conftest import Site


def get(site: Site, path: str, **query: Any) -> Any:
    answer = site.client.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(site: Site, path: str) -> list[Any]:
    items, following = [], f"/api/v1/{path}"
    while following:
        answer = site.client.get(following).json()
        items += answer["items"]
        following = answer["next"]
    return items
