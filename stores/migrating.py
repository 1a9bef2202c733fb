"""Bringing a store's tables to the revision this code is written for."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from linli.errors import StoreRefused
from stores.database import Database
from stores.schema import REVISION

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Make or upgrade the tables. Two processes may do it at once: the second waits and finds it done.

    Raises StoreRefused when the tables are newer than this code.
    """
    with database.reading() as connection:
        if _revision(connection) == REVISION:  # every start but the first ends here, without loading Alembic
            return
    with database.writing() as connection:  # holds the write lock from its first word
        if _revision(connection) != REVISION:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, REVISION)
    except CommandError as error:
        raise StoreRefused(
            f"these tables are of another linli (this one knows {REVISION}): {error}"
        ) from error
