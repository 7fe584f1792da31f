"""How Alembic reaches a ledger: on the connection, and in the transaction, of ``upgrade.migrate``."""

from alembic import context

from campaign_bot.ledger import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=schema.version.name,
    render_as_batch=True,  # SQLite changes a table by copying it
)
context.run_migrations()
