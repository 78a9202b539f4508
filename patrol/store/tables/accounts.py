"""Who logs in."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of


class User(Base):
    __tablename__ = "account"  # "user" is a reserved word in PostgreSQL

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]  #: argon2id
    role: Mapped[str]
    sees_all_sites: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    sites: Mapped[list["UserSite"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __table_args__ = (one_of("role", "admin", "reviewer", "viewer"), one_of("language", "en", "zh"))


class UserSite(Base):
    __tablename__ = "account_site"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[str] = mapped_column(primary_key=True)


class LoginSession(Base):
    __tablename__ = "login_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)  #: sha256 of the cookie, never the cookie
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    csrf_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginAttempt(Base):
    """Failed log-ins, for the rate limit; swept after the window."""

    __tablename__ = "login_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "name", "at"), Index(None, "address", "at"))
