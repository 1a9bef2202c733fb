"""The operational store: the sides of the port on one database."""

from pathlib import Path

from stores.database import Database
from stores.forwarding import Forwarding
from stores.ingesting import Ingesting
from stores.migrating import migrate
from stores.operating import Operating
from stores.pruning import Pruning
from stores.reading import Reading
from stores.settings import StoreSettings

FILE = "linli.db"


class OperationalStore(Ingesting, Forwarding, Reading, Operating, Pruning):
    """IngestStore, Reader, Operator and PrunedStore at once: for several threads, beside another process."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.database = database

    def close(self) -> None:
        """Closes its connections."""
        self.database.close()


def sqlite_url(data_dir: Path) -> str:
    """The URL of the store in a data folder."""
    return f"sqlite:///{data_dir.resolve() / FILE}"


def store_url(settings: StoreSettings) -> str:
    """The URL of the store that is set, or of the one in the data folder."""
    return settings.database_url or sqlite_url(settings.folder)


def open_store(url: str) -> OperationalStore:
    """Open the store, making or upgrading its tables.

    Raises StoreUnavailable when it cannot be opened now, StoreRefused when it never can that way.
    """
    database = Database(url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return OperationalStore(database)
