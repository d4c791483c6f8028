"""Runs migrations on the connection that the caller gives."""

from __future__ import annotations

from alembic import context

from docextract.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
)
with context.begin_transaction():
    context.run_migrations()
