"""A live clinic as the public sees it: its page, its menu, and what is compared.

All is read from the truth but the first free times: those are kept with the search's rows, by each booking.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.clinics import pictures, places
from services.clinics import service as clinics
from services.clinics.picture_schemas import PictureView
from services.clinics.proofs import business_checked_at
from services.clinics.schemas import ClinicView, DeviceView, LocationView
from services.kernel.expiry_rules import latest_today
from services.kernel.work import ClinicWork
from services.marketplace import rules
from services.marketplace.opening import days_shown, hours_shown
from services.marketplace.public_schemas import (
    Address,
    AreaShown,
    ClinicShown,
    CourseShown,
    CredentialShown,
    DeviceShown,
    LocationShown,
    OtherHours,
    Policies,
    PractitionerShown,
    Sterilisation,
    TreatmentShown,
)
from services.marketplace.repository import ListingRepository
from services.marketplace.schemas import PictureShown, Price, RatingView
from services.marketplace.showing import picture_shown
from services.marketplace.team import on_the_market
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.practitioners.schemas import CredentialView, PractitionerView
from services.reviews import service as reviews
from services.reviews.models import SubjectKind
from services.reviews.rules import Figures
from services.scheduling.devices import devices_of
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentView

OTHER_HOURS_AHEAD_DAYS = 60


async def get_listing(
    work: ClinicWork, figures: Figures | None = None, *, before_it_is_live: bool = False
) -> ClinicShown:
    """The clinic's page. Next free times are those of the search, in each location's zone. Raises `NotFound`.

    `figures` are the clinic's, where the caller has them already. Before it is live, for its team: also with people
    whose credentials nobody has checked yet, with pictures at the addresses where the team alone sees them, and
    without free times.
    """
    clinic = await clinics.get_clinic(work)
    at = f"/clinic/{clinic.slug}" if before_it_is_live else f"/c/{clinic.slug}"
    figures = figures or await clinic_figures(work)
    checked = await business_checked_at(work)
    shelf = await pictures.load_shelf(work)
    people = await practitioners.list_practitioners(work)
    locations = await places.list_locations(work)
    today = latest_today([location.time_zone for location in locations], work.now)
    free = await ListingRepository(work).next_free_of(work.scope.clinic_id, work.now)
    return ClinicShown(
        slug=clinic.slug,
        name=clinic.name,
        description=clinic.description,
        country=clinic.country,
        currency=clinic.currency,
        languages=clinic.languages,
        locations=[await _location(work, location, free.get(location.id)) for location in locations],
        practitioners=[
            _practitioner(person, today, _shown(at, shelf.portraits.get(person.id)))
            for person in (people if before_it_is_live else on_the_market(people, today))
        ],
        devices=[
            DeviceShown.model_validate(device.model_dump()) for device in await places.list_devices(work)
        ],
        policies=_policies(clinic),
        sterilisation=Sterilisation(
            protocol=clinic.sterilisation_protocol, checked_on=clinic.sterilisation_checked_on
        ),
        business_checked_on=None if checked is None else checked.date(),
        rating=RatingView(
            mean=figures.mean,
            shrunk=figures.shrunk,
            low=figures.low,
            high=figures.high,
            count=figures.count,
        ),
        published_at=clinic.published_at,
        cover=_shown(at, shelf.cover),
        pictures=[picture_shown(at, picture) for picture in shelf.pictures],
    )


async def clinic_figures(work: ClinicWork) -> Figures:
    """What the clinic's reviews come to."""
    return await reviews.figures(work, SubjectKind.CLINIC, str(work.scope.clinic_id))


async def list_menu(work: ClinicWork) -> list[TreatmentShown]:
    """The clinic's treatments with areas, course and the device's label; prices in the clinic's currency."""
    menu = await treatments.list_treatments(work)
    devices = await devices_of(work, menu)
    return [_treatment(treatment, devices.get(treatment.id)) for treatment in menu]


async def _location(work: ClinicWork, location: LocationView, free: datetime | None) -> LocationShown:
    others = await clinics.list_exceptions(work, [location.id])
    return LocationShown(
        id=location.id,
        name=location.name,
        time_zone=location.time_zone,
        address=Address(
            street=location.street,
            city=location.city,
            region=location.region,
            postcode=location.postcode,
            country=location.country,
        ),
        latitude=location.latitude,
        longitude=location.longitude,
        phone=location.phone,
        accessibility=location.accessibility,
        hours=hours_shown(location, work.now),
        other_hours=[
            OtherHours.model_validate(one.model_dump())
            for one in others
            if one.first_on <= work.now.date() + timedelta(days=OTHER_HOURS_AHEAD_DAYS)
        ],
        days=days_shown(location, others, work.now),
        next_free_at=None if free is None else free.astimezone(ZoneInfo(location.time_zone)),
    )


def _shown(at: str, picture: PictureView | None) -> PictureShown | None:
    return None if picture is None else picture_shown(at, picture)


def _practitioner(person: PractitionerView, today: date, portrait: PictureShown | None) -> PractitionerShown:
    return PractitionerShown(
        id=person.id,
        name=person.name,
        title=person.title,
        bio=person.bio,
        needling_since_year=person.needling_since_year,
        sessions=person.sessions_before,
        location_ids=[
            one
            for one in dict.fromkeys(span.location_id for span in person.hours)
            if person.works_at(one, today)
        ],
        credentials=[
            _credential(credential, today)
            for credential in person.credentials
            if credential.state != CredentialState.REJECTED
        ],
        portrait=portrait,
    )


def _credential(credential: CredentialView, today: date) -> CredentialShown:
    state = rules.public_state(credential.state, credential.expires_on, today)
    checked = state == "verified"
    return CredentialShown(
        kind=credential.kind,
        number=credential.number,
        issuer=credential.issuer,
        jurisdiction=credential.jurisdiction,
        issued_on=credential.issued_on,
        expires_on=credential.expires_on,
        state=state,
        verified_at=credential.verified_at if checked else None,
        verified_against=credential.verified_against if checked else "",
    )


def _policies(clinic: ClinicView) -> Policies:
    return Policies(
        cancellation_hours=clinic.cancellation_hours,
        late_minutes=clinic.late_minutes,
        deposit=Price(amount=clinic.deposit_amount, currency=clinic.currency)
        if clinic.deposit_amount
        else None,
        notice_minutes=clinic.notice_minutes,
        horizon_days=clinic.horizon_days,
    )


def _treatment(treatment: TreatmentView, device: DeviceView | None) -> TreatmentShown:
    labels = treatments.label_states(device.clearance, device.model, treatment) if device else {}
    return TreatmentShown(
        id=treatment.id,
        name=treatment.name,
        description=treatment.description,
        modality=treatment.modality,
        concerns=treatment.concerns,
        areas=[
            AreaShown(
                code=area.code,
                minutes=area.minutes,
                price=Price(amount=area.price, currency=treatment.currency),
            )
            for area in treatment.areas
        ],
        course=CourseShown(
            sessions=treatment.course_sessions,
            min_days=treatment.min_days,
            target_days=treatment.target_days,
            max_days=treatment.max_days,
            weeks=rules.course_weeks(treatment.course_sessions, treatment.target_days),
            price=Price(amount=treatment.course_price, currency=treatment.currency),
        ),
        booking_mode=treatment.booking_mode,
        preparation_minutes=treatment.preparation_minutes,
        numbing_minutes=treatment.numbing_minutes,
        finish_minutes=treatment.finish_minutes,
        downtime_days=treatment.downtime_days,
        first_step=treatment.first_step,
        first_step_hours=treatment.first_step_hours,
        numbing_product=treatment.numbing_product,
        topicals=treatment.topicals,
        device_id=device.id if device else treatment.device_id,
        device=f"{device.maker} {device.model}".strip() if device else "",
        location_id=device.location_id if device else None,
        on_label=rules.on_label_for(labels, None, None),
        labels=labels,
        any_of_kind=device is not None and treatments.any_of_kind(treatment, device),
    )
