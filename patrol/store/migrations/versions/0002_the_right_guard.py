"""Groups as a tree, cascades, clocks, episodes, phones, pauses, exercises.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from patrol.store.tables.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Every CHECK of the tables that SQLite has to copy, which a copy does not keep; and which of them are new.
CHECKS: dict[str, dict[str, str]] = {
    "delivery": {
        "kind": "kind IN ('hit', 'withdraw', 'status', 'exercise', 'bulletin', 'drill', 'alarm', 'test')",
        "state": "state IN ('queued', 'sending', 'sent', 'unknown', 'failed', 'expired', 'withdrawn')",
        "a_hit_is_confirmed": (
            "kind NOT IN ('hit', 'exercise') OR (decision_id IS NOT NULL AND hit_id IS NOT NULL"
            " AND verdict IS NOT NULL AND verdict = 'confirmed')"
        ),
    },
    "guard_group": {
        "language": "language IN ('en', 'zh')",
        "picture_policy": "picture_policy IN ('upper_body', 'full_frame', 'face', 'with_portrait', 'link', 'text')",
    },
    "hit": {
        "origin": "origin IN ('match', 'manual', 'replay', 'exercise')",
        "grade": "grade IN ('sure', 'uncertain')",
        "verdict": "verdict IN ('confirmed', 'rejected', 'unsure')",
        "heading": "heading IN ('left', 'right', 'towards', 'away')",
    },
    "reply": {
        "kind": (
            "kind IN ('seen', 'on_my_way', 'cannot_go', 'need_help', 'sighted',"
            " 'not_him', 'stopped', 'gone', 'other')"
        ),
    },
}
CHANGED_CHECKS = (("delivery", "kind"), ("reply", "kind"))
NEW_CHECKS = (("guard_group", "picture_policy"), ("hit", "heading"))


def upgrade() -> None:
    _make_tables()
    _widen_tables()


def _make_tables() -> None:
    op.create_table(
        "bot",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("kicked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "base", "secret", name=op.f("pk_bot")),
    )
    op.create_table(
        "level_clock",
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("seen_s", sa.Integer(), nullable=True),
        sa.Column("on_my_way_s", sa.Integer(), nullable=True),
        sa.Column("outcome_s", sa.Integer(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("level", name=op.f("pk_level_clock")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("n_alarms", sa.Integer(), nullable=False),
        sa.Column("recovered_at", UtcDateTime(), nullable=True),
        sa.Column("recovery_told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_table(
        "pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("(scope = 'all') = (ref IS NULL)", name=op.f("ck_pause_names_what")),
        sa.CheckConstraint("scope IN ('all', 'site', 'watchlist', 'person')", name=op.f("ck_pause_scope")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_pause_has_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_table(
        "forward_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("length(text) > 0 AND length(written_by) > 0", name=op.f("ck_forward_policy_written")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["guard_group.id"], name=op.f("fk_forward_policy_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward_policy")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("identities", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('captain', 'member')", name=op.f("ck_member_role")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["guard_group.id"], name=op.f("fk_member_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_index(op.f("ix_member_group_id"), "member", ["group_id"], unique=False)
    op.create_table(
        "episode",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("first_hit_number", sa.Integer(), nullable=False),
        sa.Column("n_updates", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("stream_id", sa.String(), nullable=True),
        sa.Column("building", sa.String(), nullable=True),
        sa.Column("floor", sa.String(), nullable=True),
        sa.Column("post", sa.String(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=True),
        sa.Column("overdue_at", UtcDateTime(), nullable=True),
        sa.Column("handled_until", UtcDateTime(), nullable=True),
        sa.Column("handled_site_id", sa.String(), nullable=True),
        sa.Column("handled_by", sa.String(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("stood_down_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('handed_over', 'not_him', 'lost', 'called_off')", name=op.f("ck_episode_outcome")
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_episode_ends_with_an_outcome")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_episode_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
    )
    op.create_index(op.f("ix_episode_closed_at"), "episode", ["closed_at"], unique=False)
    op.create_index(
        "ix_episode_to_tell",
        "episode",
        ["closed_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NOT NULL AND stood_down_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL AND stood_down_at IS NULL"),
    )
    op.create_index(
        "uq_episode_open",
        "episode",
        ["person_id", "origin"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("bound_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["guard_group.id"], name=op.f("fk_phone_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_phone_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_phone_token_hash")),
    )
    op.create_table(
        "phone_invite",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_phone_invite_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_phone_invite")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_why", sa.String(), nullable=True),
        sa.Column("ran_out_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('seen', 'on_my_way', 'outcome')", name=op.f("ck_clock_kind")),
        sa.ForeignKeyConstraint(["group_id"], ["guard_group.id"], name=op.f("fk_clock_group_id")),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_clock_hit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint("hit_id", "group_id", "kind", name=op.f("uq_clock_hit_id_group_id_kind")),
    )
    op.create_index(
        "ix_clock_running",
        "clock",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("stopped_at IS NULL AND ran_out_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND ran_out_at IS NULL"),
    )
    op.create_table(
        "exercise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("group_ids", sa.JSON(), nullable=False),
        sa.Column("stream_id", sa.String(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("hit_id", sa.Uuid(), nullable=True),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('drill', 'self_test', 'check')", name=op.f("ck_exercise_kind")),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_exercise_hit_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_exercise_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exercise")),
    )
    op.create_table(
        "sender",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
    )
    op.create_table(
        "step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=True),
        sa.Column("from_group_id", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_step_hit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    op.create_index(op.f("ix_step_hit_id_at"), "step", ["hit_id", "at"], unique=False)
    op.create_table(
        "delivery_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("n_opened", sa.Integer(), nullable=False),
        sa.Column("first_opened_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_link_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_delivery_link")),
    )
    op.create_table(
        "delivery_try",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'refused', 'later', 'limited', 'unknown', 'kept_back', 'sender_ended')",
            name=op.f("ck_delivery_try_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["group_chat.id"], name=op.f("fk_delivery_try_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_try_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_try")),
    )
    op.create_index(op.f("ix_delivery_try_delivery_id"), "delivery_try", ["delivery_id"], unique=False)
    op.create_index(
        op.f("ix_delivery_try_chat_id_started_at"), "delivery_try", ["chat_id", "started_at"], unique=False
    )
    op.create_index(op.f("ix_delivery_try_lease_until"), "delivery_try", ["lease_until"], unique=False)
    op.create_index(op.f("ix_delivery_try_ended_at"), "delivery_try", ["ended_at"], unique=False)
    op.create_index(op.f("ix_delivery_try_next_try_at"), "delivery_try", ["next_try_at"], unique=False)


def _widen_tables() -> None:
    with op.batch_alter_table("delivery") as table:
        for name, kind in (
            ("parent_id", sa.Uuid()),
            ("forwarded_by", sa.String()),
            ("forward_policy_id", sa.Uuid()),
            ("updates_id", sa.Uuid()),
            ("episode_id", sa.Uuid()),
            ("exercise_id", sa.Uuid()),
            ("walk_min", sa.Double()),
            ("read_at", UtcDateTime()),
        ):
            table.add_column(sa.Column(name, kind, nullable=True))
        table.add_column(sa.Column("missed", sa.JSON(), nullable=False, server_default="[]"))
        for column, target in (
            ("parent_id", "delivery"),
            ("updates_id", "delivery"),
            ("forward_policy_id", "forward_policy"),
            ("episode_id", "episode"),
            ("exercise_id", "exercise"),
        ):
            table.create_foreign_key(f"fk_delivery_{column}", target, [column], ["id"])
        table.create_index("ix_delivery_episode_id", ["episode_id"])
        table.create_index("ix_delivery_exercise_id", ["exercise_id"])
        for name, columns, which in (
            ("open", ["lane", "created_at", "hit_id", "id"], sa.text("ended_at IS NULL")),
            ("going", ["chat_id"], sa.text("state = 'sending'")),
        ):
            table.create_index(
                f"ix_delivery_{name}", columns, unique=False, sqlite_where=which, postgresql_where=which
            )
        _checks(table, "delivery")
    for name, kind in (
        ("last_success_at", UtcDateTime()),
        ("last_error_at", UtcDateTime()),
        ("last_error", sa.String()),
    ):
        op.add_column("group_chat", sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("guard_group") as table:
        for name in ("building", "floor", "post", "time_zone"):
            table.add_column(sa.Column(name, sa.String(), nullable=True))
        table.add_column(sa.Column("radius_m", sa.Double(), nullable=True))
        table.add_column(sa.Column("covers", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("is_default", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("shifts", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("picture_policy", sa.String(), nullable=False, server_default="upper_body"))
        table.add_column(sa.Column("shows_name", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("keep_h", sa.Double(), nullable=False, server_default="12"))
        table.create_index("ix_guard_group_parent_id", ["parent_id"])
        _checks(table, "guard_group")
    with op.batch_alter_table("hit") as table:
        for name in ("building", "floor", "post", "heading"):
            table.add_column(sa.Column(name, sa.String(), nullable=True))
        table.add_column(sa.Column("episode_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("update_number", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("is_quiet", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_foreign_key("fk_hit_episode_id", "episode", ["episode_id"], ["id"])
        table.create_index("ix_hit_episode_id", ["episode_id"])
        _checks(table, "hit")
    for name in ("suspended_by", "suspended_why"):
        op.add_column("person", sa.Column(name, sa.String(), nullable=True))
    with op.batch_alter_table("reply") as table:
        for name in ("member_id", "phone_id"):
            table.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            table.create_foreign_key(f"fk_reply_{name}", name.removesuffix("_id"), [name], ["id"])
        table.add_column(sa.Column("media", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("place", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("is_late", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_index("ix_reply_delivery_id", ["delivery_id"])
        _checks(table, "reply")
    with op.batch_alter_table("routing") as table:
        table.add_column(sa.Column("explanation", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("watchlist", sa.Column("levels", sa.JSON(), nullable=True))
    op.add_column("watchlist", sa.Column("tell_at_once", sa.Integer(), nullable=True))
    _drop_defaults()


def _checks(table: BatchOperations, name: str) -> None:
    """PostgreSQL changes what has changed; SQLite's copy of a table begins without any CHECK."""
    if op.get_bind().dialect.name == "sqlite":
        for check, condition in CHECKS[name].items():
            table.create_check_constraint(op.f(f"ck_{name}_{check}"), sa.text(condition))
        return
    for changed, check in CHANGED_CHECKS:
        if changed == name:
            table.drop_constraint(op.f(f"ck_{name}_{check}"), type_="check")
    for changed, check in (*CHANGED_CHECKS, *NEW_CHECKS):
        if changed == name:
            table.create_check_constraint(op.f(f"ck_{name}_{check}"), sa.text(CHECKS[name][check]))


def _drop_defaults() -> None:
    """The defaults were for the rows that were there; new ones get theirs from patrol."""
    for name, columns in {
        "delivery": ("missed",),
        "guard_group": ("covers", "is_default", "shifts", "picture_policy", "shows_name", "keep_h"),
        "hit": ("update_number", "is_quiet"),
        "reply": ("media", "place", "is_late"),
        "routing": ("explanation",),
    }.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.alter_column(column, server_default=None)
            if name in CHECKS and op.get_bind().dialect.name == "sqlite":
                _checks(table, name)
