"""Run by Alembic: the steps go through the connection that gateway.store.schema opened."""

from alembic import context

from gateway.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
