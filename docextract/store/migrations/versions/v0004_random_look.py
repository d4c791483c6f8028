"""With which probability each field came to be looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Fields that were accepted had no chance to be looked at before, the others were sure to."""
    with op.batch_alter_table("review_items") as items:
        items.add_column(sa.Column("share", sa.Float, nullable=False, server_default="1"))
    op.execute("UPDATE review_items SET share = 0 WHERE state = 'settled'")


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("review_items") as items:
        items.drop_column("share")
