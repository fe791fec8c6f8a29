"""The public listing, built from a clinic's truth: it can be dropped and made again at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics import pictures, places
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.clinics.picture_schemas import PictureView
from services.clinics.schemas import ClinicView, DeviceView, LocationView
from services.kernel.expiry_rules import lapses_at
from services.kernel.scope import Actor, ClinicScope, PlatformScope
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork, Database
from services.marketplace import repository, rules
from services.marketplace.events import LISTING_DUE
from services.marketplace.schemas import ListingRow
from services.marketplace.showing import picture_shown
from services.marketplace.team import current_credentials, on_the_market
from services.practitioners import service as practitioners
from services.practitioners.schemas import CredentialView, PractitionerView
from services.reviews import service as reviews
from services.reviews.models import SubjectKind
from services.reviews.rules import Figures
from services.scheduling.devices import devices_of
from services.scheduling.soonest import next_free_at
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentView

_WRITE = PlatformScope("the public listing is written for every clinic")
_READ = PlatformScope("the public listing is made again for every clinic")


async def rebuild_listing(work: ClinicWork, database: Database) -> int:
    """Makes the clinic's rows of the listing again, and sets the time of the next look; gives their number.

    Builds of one clinic wait for each other, so that what is written last was read last.
    """
    await repository.lock_listing(work)
    rows = await compute_listing(work)
    async with database.begin(_WRITE) as platform:
        await repository.write_listing(platform, work.scope.clinic_id, rows)
    if rows:
        await _set_next_look(work, rows)
    return len(rows)


async def rebuild_listings(database: Database) -> int:
    """Makes the whole listing again; gives the number of rows."""
    async with database.begin(_READ) as work:
        live = await repository.list_public_clinics(work)
        listed = await repository.list_listed_clinics(work)
    count = 0
    for clinic_id in dict.fromkeys([*live, *listed]):
        async with database.begin(ClinicScope(clinic_id, Actor("job", label="rebuild"))) as clinic_work:
            count += await rebuild_listing(clinic_work, database)
    return count


async def compare_with_truth(database: Database) -> list[UUID]:
    """Locations whose row is not what the truth gives: missing, left over, or different.

    A first free time that has become too soon to book is no difference: its next look is due (`next_look_at`).
    """
    async with database.begin(_READ) as work:
        live = await repository.list_public_clinics(work)
        listed = await repository.list_listed_clinics(work)
    wrong: list[UUID] = []
    for clinic_id in dict.fromkeys([*live, *listed]):
        async with database.begin(ClinicScope(clinic_id, Actor("job", label="compare"))) as clinic_work:
            found = await repository.ListingRepository(clinic_work).list_of_clinic(clinic_id)
            truth = {row.location_id: row.values for row in await compute_listing(clinic_work)}
            notice = timedelta(minutes=(await clinics.get_clinic(clinic_work)).notice_minutes)
            soonest = clinic_work.now + notice
        shown = {row.location_id: dict(row._mapping) for row in found}  # noqa: SLF001  its documented way
        wrong += [key for key in {*shown, *truth} if not _is_same(shown.get(key), truth.get(key), soonest)]
    return wrong


def _is_same(shown: dict[str, Any] | None, truth: dict[str, Any] | None, soonest: datetime) -> bool:
    if shown is None or truth is None:
        return False
    left_out = {"built_at"}
    if shown["next_free_at"] is not None and shown["next_free_at"] < soonest:
        left_out.add("next_free_at")
    return all(shown[name] == value for name, value in truth.items() if name not in left_out)


def next_look_at(clinic: ClinicView, rows: Sequence[ListingRow], now: datetime) -> datetime:
    """When the clinic's rows have to be looked at again though nothing happened: a first time or a last day is over."""
    free = [row.values["next_free_at"] for row in rows if row.values["next_free_at"] is not None]
    notice = timedelta(minutes=clinic.notice_minutes)
    ends = [row.counts_until for row in rows if row.counts_until is not None]
    return min([rules.refresh_at(min(free, default=None), notice, now, clinic.clinic_id.int), *ends])


async def _set_next_look(work: ClinicWork, rows: list[ListingRow]) -> None:
    due = next_look_at(await clinics.get_clinic(work), rows, work.now)
    clinic_id = work.scope.clinic_id
    set_timer(work, LISTING_DUE(clinic_id=clinic_id), clinic_id, due, version=int(due.timestamp()) // 60)


async def compute_listing(work: ClinicWork) -> list[ListingRow]:
    """The rows that the clinic's truth gives: while it is live, one for each location where somebody may treat."""
    clinic = await clinics.get_clinic(work)
    if clinic.status != ClinicStatus.LIVE:
        return []
    devices = await places.list_devices(work)
    people = await practitioners.list_practitioners(work)
    menu = await treatments.list_treatments(work)
    of_clinic = await reviews.figures(work, SubjectKind.CLINIC, str(work.scope.clinic_id))
    given_with = await devices_of(work, menu)
    cover = (await pictures.load_shelf(work)).cover
    rows = []
    for location in await places.list_locations(work):
        here = {device.id: device for device in devices if device.location_id == location.id}
        today = work.now.astimezone(ZoneInfo(location.time_zone)).date()
        team = [person for person in on_the_market(people, today) if person.works_at(location.id, today)]
        if not team:
            continue
        offered = [one for one in menu if one.id in given_with and given_with[one.id].id in here]
        of_location = await reviews.figures(work, SubjectKind.LOCATION, str(location.id))
        free = await next_free_at(work, location.id)
        truth = Truth(clinic, location, here, team, offered, given_with, of_clinic, of_location, free, cover)
        rows.append(row_of(truth, work.now))
    return rows


def _concern_ratings(figures: Figures) -> dict[str, float]:
    return {code: round(found.shrunk, 4) for code, found in sorted(figures.by_concern.items()) if found.count}


@dataclass(frozen=True, slots=True)
class Truth:
    """What a row is made of: the clinic, what there is at one location, and what was said of both."""

    clinic: ClinicView
    location: LocationView
    devices: dict[UUID, DeviceView]
    team: list[PractitionerView]
    offered: list[TreatmentView]
    given_with: dict[UUID, DeviceView]
    of_clinic: Figures
    of_location: Figures
    next_free_at: datetime | None
    cover: PictureView | None = None


def row_of(truth: Truth, now: datetime) -> ListingRow:
    """The location's row as it follows from the truth at an instant."""
    zone = truth.location.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    checked = [current_credentials(person, today) for person in truth.team]
    last_days = [found.expires_on for kept in checked for found in kept if found.expires_on is not None]
    first = min(last_days, default=None)
    return ListingRow(_values(truth, checked, now), lapses_at(first, [zone]) if first else None)


def _values(truth: Truth, checked: list[list[CredentialView]], now: datetime) -> dict[str, Any]:
    clinic, location, team, offered = truth.clinic, truth.location, truth.team, truth.offered
    courses = [course_card(treatment, truth.given_with[treatment.id]) for treatment in offered]
    cheapest = rules.best_course(courses, {})
    figures = truth.of_location
    looked = [found.verified_at for kept in checked for found in kept if found.verified_at is not None]
    return {
        "location_id": location.id,
        "clinic_id": clinic.clinic_id,
        "slug": clinic.slug,
        "name": clinic.name,
        "city": location.city,
        "country": location.country,
        "latitude": location.latitude,
        "longitude": location.longitude,
        "time_zone": location.time_zone,
        "concerns": _codes(code for treatment in offered for code in treatment.concerns),
        "areas": _codes(area.code for treatment in offered for area in treatment.areas),
        "modalities": _codes(treatment.modality for treatment in offered),
        "credentials": _codes(found.kind for kept in checked for found in kept),
        "languages": _codes(clinic.languages),
        "accessibility": _codes(location.accessibility),
        "course_price": cheapest["price"] if cheapest else None,
        "course_currency": clinic.currency if cheapest else None,
        "course_sessions": cheapest["sessions"] if cheapest else None,
        "course_weeks": cheapest["weeks"] if cheapest else None,
        "rating_count": figures.count,
        "rating_mean": figures.mean,
        "rating_shrunk": figures.shrunk,
        "rating_low": figures.low,
        "rating_high": figures.high,
        "credentials_verified": sum(len(kept) for kept in checked),
        "next_free_at": truth.next_free_at,
        "menu": rules.menu_of(courses),
        **rules.standing_points(figures.shrunk, sum(1 for kept in checked if kept), len(team)),
        "words": _words(truth),
        "card": {
            "location_name": location.name,
            "practitioners": len(team),
            "practitioners_checked": sum(1 for kept in checked if kept),
            "verified_on": _day(max(looked, default=None)),
            "courses": courses,
            "concern_ratings": _concern_ratings(truth.of_clinic),
            "clinic_reviews": truth.of_clinic.count,
            "cover": truth.cover and picture_shown(f"/c/{clinic.slug}", truth.cover).model_dump(mode="json"),
        },
        "built_at": now,
    }


def course_card(treatment: TreatmentView, device: DeviceView) -> dict[str, Any]:
    """A treatment as one course of a card: price in minor units, sessions, weeks, device and its label."""
    labels = treatments.label_states(device.clearance, device.model, treatment)
    return {
        "id": str(treatment.id),
        "name": treatment.name,
        "price": treatment.course_price,
        "sessions": treatment.course_sessions,
        "weeks": rules.course_weeks(treatment.course_sessions, treatment.target_days),
        "concerns": sorted(treatment.concerns),
        "areas": sorted(area.code for area in treatment.areas),
        "modalities": [treatment.modality],
        "downtime_days": treatment.downtime_days,
        "device": f"{device.maker} {device.model}".strip(),
        "labels": labels,
        "any_of_kind": treatments.any_of_kind(treatment, device),
    }


def _codes(found: Any) -> list[str]:
    return sorted({str(code) for code in found})


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.date().isoformat()


def _words(truth: Truth) -> str:
    location, offered = truth.location, truth.offered
    catalogue = treatments.get_catalogue()
    names = {
        entry.code: entry.name for entry in [*catalogue.concerns, *catalogue.areas, *catalogue.modalities]
    }
    codes = [code for treatment in offered for code in treatment.concerns]
    codes += [area.code for treatment in offered for area in treatment.areas]
    codes += [treatment.modality for treatment in offered]
    return rules.listing_words(
        [
            truth.clinic.name,
            location.name,
            location.city,
            location.region,
            *(person.name for person in truth.team),
            *(treatment.name for treatment in offered),
            *(device.maker + " " + device.model for device in truth.devices.values()),
            *(names.get(code, code.replace("_", " ")) for code in codes),
        ]
    )
