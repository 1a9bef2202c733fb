"""Alembic's entry; `stores.migrating` gives the connection, in a transaction that holds the lock."""

from alembic import context

from stores.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
