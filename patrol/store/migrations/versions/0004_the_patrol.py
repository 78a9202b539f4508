"""The patrol: what a worker measures of its streams, gaps, hours, and a clip beside a hit.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from patrol.store.tables.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_workers()
    _make_states()
    _make_gaps()
    _make_hours()
    for column in (
        sa.Column("clip_key", sa.String(), nullable=True),
        sa.Column("clip_codec", sa.String(), nullable=True),
        sa.Column("clip_began_at", UtcDateTime(), nullable=True),
        sa.Column("clip_s", sa.Double(), nullable=True),
    ):
        op.add_column("hit", column)


def _make_workers() -> None:
    """Anew: workers write their rows at every beat, and those of before are of processes that have ended."""
    op.drop_table("worker")
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("embedder", sa.String(), nullable=False),
        sa.Column("runtime", sa.String(), nullable=False),
        sa.Column("n_streams", sa.Integer(), nullable=False),
        sa.Column("n_dropped", sa.BigInteger(), nullable=False),
        sa.Column("cpu_s", sa.Double(), nullable=False),
        sa.Column("rss_bytes", sa.BigInteger(), nullable=False),
        sa.Column("live_address", sa.String(), nullable=True),
        sa.Column("live_token", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )


def _make_states() -> None:
    """Anew, as the workers' rows."""
    op.drop_table("stream_state")
    op.create_table(
        "stream_state",
        sa.Column("stream_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("last_frame_at", UtcDateTime(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("n_frames", "n_looks", "n_faces")),
        sa.Column("n_dropped", sa.BigInteger(), nullable=False),
        sa.Column("n_connections", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("attention", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("policy_reason", sa.String(), nullable=True),
        sa.Column("codec", sa.String(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=True) for name in ("fps", "gop_s", "bit_rate_kbps")),
        sa.CheckConstraint("state IN ('opening', 'live', 'down', 'stopped')", name=op.f("ck_stream_state_state")),
        sa.CheckConstraint("attention IN ('quiet', 'patrol', 'attending')", name=op.f("ck_stream_state_attention")),
        sa.CheckConstraint(
            "policy IN ('key_frames', 'reference_frames', 'every_frame', 'sub_stream')",
            name=op.f("ck_stream_state_policy"),
        ),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_stream_state")),
    )


def _make_gaps() -> None:
    op.create_table(
        "stream_gap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_gap")),
    )
    op.create_index(op.f("ix_stream_gap_stream_id_began_at"), "stream_gap", ["stream_id", "began_at"])


def _make_hours() -> None:
    op.create_table(
        "stream_hour",
        sa.Column("stream_id", sa.String(), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("n_passages", sa.Integer(), nullable=False),
        sa.Column("n_usable", sa.Integer(), nullable=False),
        sa.Column("watched_s", sa.Double(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "hour", name=op.f("pk_stream_hour")),
    )
    op.create_index(op.f("ix_stream_hour_hour"), "stream_hour", ["hour"])
