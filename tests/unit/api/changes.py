"""Changes as ingest commits them, for those who listen."""

import json

from linli.ports.commit_group import CommitGroup
from linli.ports.rows import LiveChange
from tests.unit.api.conftest import Site
from tests.unit.api.neighbourhood import NOW


def change(n: int, community: str = "garden", pad: str = "") -> LiveChange:
    return LiveChange(community, "level", f"bin-1/{n}", json.dumps({"n": n, "pad": pad}).encode(), NOW)


def commit(site: Site, *changes: LiveChange) -> int:
    """Returns the number of the last."""
    site.store.commit(CommitGroup(changes=list(changes)), site.store.operator_version())
    return site.store.change_bounds()[1]
