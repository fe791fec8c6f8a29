"""What is asked of the marketplace and what it answers. Money is in minor units; distances in kilometres."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.clinics.rules import ACCESSIBILITY

MOST_DAYS = 31
Sort = Literal["relevance", "distance", "price", "rating", "soonest"]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class SearchQuery(BaseModel):
    """A search. All conditions hold together; concern, area and modality hold for one treatment."""

    concern: Code | None = Field(default=None, description="A concern's code of the catalogue.")
    area: Code | None = Field(default=None, description="A body area's code of the catalogue.")
    modality: Code | None = Field(default=None, description="A modality's code of the catalogue.")
    credential: Code | None = Field(default=None, description="A credential kind's code; checked ones alone.")
    language: Code | None = Field(default=None, description="A language's code of the catalogue.")
    accessibility: Annotated[list[Code], Field(max_length=len(ACCESSIBILITY))] = Field(
        default_factory=list, description="Codes of what the place says of its access; all of them hold."
    )
    place: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)] | None = (
        Field(default=None, description="A city, such as `Leeds` or `Austin, US`.", examples=["Leeds"])
    )
    lat: float | None = Field(default=None, ge=-90, le=90, description="Instead of a place, with `lng`.")
    lng: float | None = Field(default=None, ge=-180, le=180, description="Instead of a place, with `lat`.")
    radius_km: float = Field(default=50.0, gt=0, le=500, description="Around the place.")
    max_course_price: int | None = Field(
        default=None, ge=0, le=10**10, description="Of the whole course, in minor units of `currency`."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217; clinics that price in it."
    )
    min_rating: float | None = Field(default=None, ge=1, le=5, description="Of the shrunk rating.")
    free_from: date | None = Field(default=None, description="First free time on or after this local date.")
    free_to: date | None = Field(default=None, description="First free time on or before this local date.")
    q: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = Field(
        default=None, description="Free text; typing errors are forgiven."
    )
    sort: Sort = "relevance"
    limit: int = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, StringConstraints(max_length=600)] | None = None

    @property
    def has_place(self) -> bool:
        return self.place is not None or self.lat is not None


class Price(BaseModel):
    """Money of the HTTP contract: minor units and ISO 4217."""

    amount: int
    currency: str


class CourseFrom(BaseModel):
    """The least that a whole course costs there: its price, sessions, and weeks from first to last."""

    price: Price
    sessions: int
    weeks: int


class RatingView(BaseModel):
    """Ratings of completed bookings: plain mean, mean drawn to the platform's, and its 90 % interval."""

    mean: float | None
    shrunk: float
    low: float
    high: float
    count: int


class DeviceView(BaseModel):
    """A device as a card says it. `on_label` is null where its clearance is not known to us.

    `uses_on_label` names the uses (`area:concern`) on its label; where only some are, `on_label` is false.
    With `any_of_kind` another device may be used, whose label covers all of the treatment as this one's does.
    """

    name: str
    on_label: bool | None
    uses_on_label: list[str] = Field(default_factory=list, examples=[["face:acne_scars"]])
    any_of_kind: bool = False


class ScoreView(BaseModel):
    """The published score: its parts are shares of the total, 0 to 1 together."""

    total: float
    parts: dict[str, float]


class PictureFile(BaseModel):
    """One file of a picture, at an address on this site; without any data about where it was taken."""

    url: str = Field(examples=["/c/linden-skin/files/3f0c2d9b4a7e51c8d6f2a01b9e8c7d64.webp"])
    content_type: str
    width: int
    height: int


class PictureShown(BaseModel):
    """A picture of a clinic or of one of its people: words for it, and its files, smallest first."""

    id: UUID
    alt: str
    caption: str
    files: list[PictureFile]

    def of_type(self, content_type: str) -> list[PictureFile]:
        """The files of one media type, smallest first."""
        return [file for file in self.files if file.content_type == content_type]

    @property
    def largest(self) -> PictureFile:
        """The largest JPEG, which every program can show."""
        return self.of_type("image/jpeg")[-1]


class SearchItem(BaseModel):
    """One published location."""

    slug: str
    location_id: UUID
    name: str
    location_name: str
    city: str
    country: str
    latitude: float
    longitude: float
    distance_km: float | None
    concerns: list[str]
    areas: list[str]
    modalities: list[str]
    credentials: list[str]
    languages: list[str]
    accessibility: list[str]
    course_from: CourseFrom | None
    rating: RatingView
    next_free_at: datetime | None
    location_zone: str
    score: ScoreView
    practitioners: int
    practitioners_checked: int
    verified_on: date | None
    device: DeviceView | None
    downtime_days: int | None
    concern_rating: tuple[str, float] | None = None
    cover: PictureShown | None = Field(
        default=None, description="The clinic's cover, where it has uploaded one."
    )


class FacetCount(BaseModel):
    """How many locations would be found with this code; `more` when there are over 1,000."""

    code: str
    count: int
    more: bool = False


class Facets(BaseModel):
    """Counts by code, the facet's own condition left out."""

    concerns: list[FacetCount] = Field(default_factory=list)
    areas: list[FacetCount] = Field(default_factory=list)
    modalities: list[FacetCount] = Field(default_factory=list)
    credentials: list[FacetCount] = Field(default_factory=list)
    languages: list[FacetCount] = Field(default_factory=list)
    accessibility: list[FacetCount] = Field(
        default_factory=list, description="Beside what was chosen of it: all of it holds."
    )


class PlaceView(BaseModel):
    """The place that was understood."""

    label: str
    latitude: float
    longitude: float


class SearchPage(BaseModel):
    """A page of results with its facets; `total` is exact up to 1,000."""

    items: list[SearchItem]
    next: str | None
    facets: Facets
    total: int
    more_than_total: bool = False
    place: PlaceView | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A place with a radius."""

    label: str
    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One row of the projection, as it is written.

    `counts_until` is when the first of its credentials no longer counts at the place.
    """

    values: dict[str, Any]
    counts_until: datetime | None = None

    @property
    def location_id(self) -> UUID:
        """The row's key."""
        found: UUID = self.values["location_id"]
        return found


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One point on the way to going live: why it is asked, whether it is done, and where to do it."""

    code: str
    title: str
    why: str
    done: bool
    href: str


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """What the trust page counts."""

    live_clinics: int
    locations: int
    practitioners: int
    practitioners_checked: int
    reviews: int
    countries: int
    by_country: dict[str, int] = field(default_factory=dict)
