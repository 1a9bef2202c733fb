"""The inventory file, put into the store when it is another than was put there last.

A hundred thousand devices take ten seconds to read and write, and a restart must not.
"""

import hashlib
from pathlib import Path

from ingest.sites import sites
from linli.errors import InvalidSetting
from linli.inventory import parse_inventory
from linli.ports.operational import IngestStore

SEEDED = "inventory"
"""A mark: the digest of the file that the store was seeded with."""


def seed(path: str, store: IngestStore, now_ms: int) -> bool:
    """Whether it was written. Raises InvalidSetting, InvalidInventory, InvalidProfile, StoreUnavailable."""
    try:
        raw = Path(path).read_bytes()
        text = raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"LINLI_INVENTORY: {path!r} cannot be read: {error}") from error
    digest = int.from_bytes(hashlib.sha256(raw).digest()[:7])
    if store.mark(SEEDED) == digest:
        return False
    inventory = parse_inventory(text)
    sites(inventory.communities)  # a profile that linli does not have is found now
    store.seed(inventory, now_ms)
    store.set_mark(SEEDED, digest)
    return True
