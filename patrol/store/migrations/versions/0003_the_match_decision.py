"""Budgets and calibrations, volunteers, weak portraits, a change of embedder, counts by day, faces that stand still.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from patrol.store.tables.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Every CHECK of the tables that SQLite has to copy, which a copy does not keep; and which of them are new.
CHECKS: dict[str, dict[str, str]] = {
    "hit": {
        "origin": "origin IN ('match', 'manual', 'replay', 'exercise')",
        "grade": "grade IN ('sure', 'uncertain')",
        "verdict": "verdict IN ('confirmed', 'rejected', 'unsure')",
        "heading": "heading IN ('left', 'right', 'towards', 'away')",
    },
    "policy": {"of_a_list_or_a_site": "(watchlist_id IS NULL) <> (site_id IS NULL)"},
    "portrait": {"weak_for_a_reason": "NOT is_weak OR (length(weak_reason) > 0 AND weak_by IS NOT NULL)"},
}
NEW_CHECKS = (("policy", "of_a_list_or_a_site"), ("portrait", "weak_for_a_reason"))


def upgrade() -> None:
    _make_tables()
    _widen_tables()


def _make_tables() -> None:
    op.create_table(
        "budget",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("false_alerts_per_day", sa.Double(), nullable=False),
        sa.Column("passages_per_day", sa.Double(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.CheckConstraint("false_alerts_per_day > 0 AND passages_per_day > 0", name=op.f("ck_budget_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget")),
    )
    op.create_index(op.f("ix_budget_set_at"), "budget", ["set_at"])
    op.create_table(
        "calibration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("n_people", sa.Integer(), nullable=False),
        sa.Column("sure", sa.Double(), nullable=False),
        sa.Column("uncertain", sa.Double(), nullable=False),
        sa.Column("weak", sa.Double(), nullable=False),
        sa.Column("belief", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["budget_id"], ["budget.id"], name=op.f("fk_calibration_budget_id_budget")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
    )
    op.create_index(op.f("ix_calibration_embedder_rev"), "calibration", ["embedder", "rev"])
    op.create_index(op.f("ix_calibration_made_at"), "calibration", ["made_at"])
    op.create_table(
        "volunteer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("picture_key", sa.String(), nullable=True),
        sa.Column("box_xyxy", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(consent) > 0", name=op.f("ck_volunteer_agreed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer")),
    )
    op.create_table(
        "volunteer_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_volunteer_template_volunteer_id_volunteer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_template")),
        sa.UniqueConstraint("volunteer_id", "embedder", name=op.f("uq_volunteer_template_volunteer_id_embedder")),
    )
    op.create_table(
        "embedder_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("n_total", sa.Integer(), nullable=False),
        sa.Column("n_embedded", sa.Integer(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("switched_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('embedding', 'comparing', 'switched', 'cancelled')", name=op.f("ck_embedder_change_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embedder_change")),
    )
    op.create_table(
        "comparison",
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("grade IN ('sure', 'uncertain')", name=op.f("ck_comparison_grade")),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_comparison_hit_id_hit"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hit_id", "embedder", name=op.f("pk_comparison")),
    )
    op.create_table(
        "stream_day",
        sa.Column("stream_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("n_looks", "n_faces", "n_too_small", "n_masked", "n_passages", "n_unusable")
        ),
        sa.PrimaryKeyConstraint("stream_id", "day", name=op.f("pk_stream_day")),
    )
    op.create_index(op.f("ix_stream_day_day"), "stream_day", ["day"])
    op.create_table(
        "still_face",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=True),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('offered', 'masked', 'dismissed', 'gone')", name=op.f("ck_still_face_state")),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_still_face_hit_id_hit"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_still_face_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_still_face")),
    )
    op.create_index(op.f("ix_still_face_stream_id_state"), "still_face", ["stream_id", "state"])


def _widen_tables() -> None:
    with op.batch_alter_table("hit") as table:
        table.add_column(sa.Column("score", sa.Double(), nullable=True))  # hits of before have a cosine only
        table.add_column(sa.Column("measures", sa.JSON(), nullable=False, server_default="{}"))
        for name in ("is_weak", "is_still"):
            table.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        _checks(table, "hit")
    with op.batch_alter_table("policy") as table:
        table.add_column(sa.Column("site_id", sa.String(), nullable=True))
        table.alter_column("watchlist_id", existing_type=sa.Uuid(), nullable=True)
        _checks(table, "policy")
    with op.batch_alter_table("portrait") as table:
        table.add_column(sa.Column("measures", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("is_weak", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("weak_reason", sa.String(), nullable=True))
        table.add_column(sa.Column("weak_by", sa.String(), nullable=True))
        _checks(table, "portrait")
    _drop_defaults()


def _checks(table: BatchOperations, name: str) -> None:
    """PostgreSQL changes what has changed; SQLite's copy of a table begins without any CHECK."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for check, condition in CHECKS[name].items():
        if is_sqlite or (name, check) in NEW_CHECKS:
            table.create_check_constraint(op.f(f"ck_{name}_{check}"), sa.text(condition))


def _drop_defaults() -> None:
    """The defaults were for the rows that were there; new ones get theirs from patrol."""
    for name, columns in {
        "hit": ("measures", "is_weak", "is_still"),
        "portrait": ("measures", "is_weak"),
    }.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.alter_column(column, server_default=None)
            if op.get_bind().dialect.name == "sqlite":
                _checks(table, name)
