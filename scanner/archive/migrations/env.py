"""Alembic's entry: it is handed a connection by ``scanner.archive.migrating`` and runs in its transaction."""

from alembic import context

from scanner.archive.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
