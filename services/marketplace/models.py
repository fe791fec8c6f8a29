"""Tables of the marketplace: the public listing, one wide row per published location, rebuilt by workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from services.kernel.tables import GlobalRow, codes, instant, json_column


class Listing(GlobalRow, table=True):
    """What the public sees of a location. Never the truth: it can be dropped and built again."""

    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_concerns", "concerns", postgresql_using="gin"),
        Index("ix_listing_accessibility", "accessibility", postgresql_using="gin"),
        Index("ix_listing_place", "latitude", "longitude"),
        Index("ix_listing_course_price", "course_currency", "course_price", "location_id"),
        Index("ix_listing_rating", "rating_shrunk", "location_id"),
        Index("ix_listing_next_free", "next_free_at", "location_id"),
        Index(
            "ix_listing_words",
            "words",
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
        ),
    )
    app_may: ClassVar[tuple[str, ...]] = ("SELECT",)
    location_id: UUID = Field(primary_key=True)
    clinic_id: UUID = Field(index=True)
    slug: str = Field(index=True)
    name: str
    city: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    concerns: list[str] = codes()
    areas: list[str] = codes()
    modalities: list[str] = codes()
    credentials: list[str] = codes()
    languages: list[str] = codes()
    # A default of the database as well: rows are written again by the version that knows it.
    accessibility: list[str] = codes(default_factory=list, sa_column_kwargs={"server_default": text("'{}'")})
    course_price: int | None = Field(default=None, sa_type=BigInteger)
    course_currency: str | None = None
    course_sessions: int | None = None
    course_weeks: int | None = None
    rating_count: int = 0
    rating_mean: float | None = None
    rating_shrunk: float
    rating_low: float
    rating_high: float
    credentials_verified: int = 0
    next_free_at: datetime | None = instant(default=None, nullable=True)
    menu: str = Field(default="[]", sa_column_kwargs={"server_default": text("'[]'")})
    """What its courses can be chosen by, as `rules.menu_of` writes it: listings of equal menus are counted together."""
    rating_points: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    credentials_points: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    words: str
    card: dict[str, Any] = json_column()
    built_at: datetime = instant()
