"""All weakened linlis. The suite is as good as the weaknesses it names."""

from tests.faults import weakened_edge, weakened_forwarding, weakened_ingest, weakened_stores
from tests.faults.weakness import WEAK

__all__ = ["WEAK", "weaken", "weakened_edge", "weakened_forwarding", "weakened_ingest", "weakened_stores"]


def weaken(name: str, process: str) -> None:
    """Patch this process, when the weakness is one of its sort."""
    if WEAK[name].process == process:
        WEAK[name].patch()
