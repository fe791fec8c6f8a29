"""The API of clinical photos: the client's by the booking's token, the clinic's for those who treat, and results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from pydantic import BaseModel, ConfigDict, Field

from services.courses import photo_results, photos
from services.courses.photo_rules import PhotoDay
from services.courses.photo_schemas import NewPhoto, NewResult, PhotoView, ReleaseDecided, ResultView
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork, Database
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.api.booking_views import done
from web.api.bookings import ManageToken, open_managed
from web.api.manage_bookings import booking_id_of
from web.context import AppRequest, Visitor, clinic_access, public_scope_of
from web.downloads import as_clinical_photo
from web.idempotent import answer_once, keep_body
from web.photo_pages import LARGEST_UPLOAD

TREATS, MANAGE = "sessions:record", "clinic:manage"
_WHAT = (
    "JPEG, PNG or HEIC by its content, still, at most 20 MB. The first photo comes with `consent` and `signed_name`. "
    "A worker makes it anew; what was uploaded is then erased."
)
Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class PhotoUpload(NewPhoto):
    """One photo, with what is said of it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: UploadFile


class PhotoDayOut(BaseModel):
    """A photo that the protocol asks for."""

    on: date
    until: date = Field(description="The last day that answers for it.")
    moment: str = Field(examples=["after"])
    position: int = Field(description="The session it belongs to.")
    day: int = Field(description="Days after that session.")
    state: str = Field(description="taken, due, coming or missed.")


class PhotosOut(Listed[PhotoView]):
    """Photos, oldest first, and what the protocol asks for."""

    plan: list[PhotoDayOut]


class ResultOut(BaseModel):
    """A pair that a clinic shows. The photos are at the two addresses, as long as their client lets them be."""

    id: UUID
    treatment_id: UUID
    treatment_name: str
    area: str
    pose: str
    weeks: int
    sessions: int
    before_url: str
    after_url: str


class BookingPhotosApi(Controller):
    path = "/api/v1/bookings/{reference:str}/photos"
    tags = ("Booking",)
    security = BEARER

    @get(summary="The photos around a booking, and which are due")
    async def list_all(
        self,
        reference: FromPath[str],
        database: Database_,
        visitor: Visitor_,
        manage_token: ManageToken = None,
    ) -> PhotosOut:
        managed = await open_managed(database, visitor, reference, manage_token, health=True)
        async with database.begin(managed.scope) as work:
            return await _photos(work, managed.booking.group_id)

    @post(
        summary="Send a photo",
        description=_WHAT,
        responses=made(PhotoView),
        before_request=keep_body,
        request_max_body_size=LARGEST_UPLOAD,
    )
    async def upload(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        data: MultipartBody[PhotoUpload],
        database: Database_,
        visitor: Visitor_,
        manage_token: ManageToken = None,
    ) -> Response[Any]:
        managed = await open_managed(database, visitor, reference, manage_token, health=True)
        content = await data.file.read()

        async def do(work: ClinicWork) -> dict[str, Any]:
            sessions = await scheduling.list_group(work, managed.booking.group_id)
            return as_json(await photos.add_photo(work, sessions, data, content, by_clinic=False))

        return await answer_once(request, visitor, database, managed.scope, do)

    @get(
        "/{photo_id:uuid}/{size:str}", summary="A photo's file; the look is recorded", media_type="image/jpeg"
    )
    async def read_file(
        self,
        *,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        size: FromPath[str],
        database: Database_,
        visitor: Visitor_,
        manage_token: ManageToken = None,
    ) -> Response[bytes]:
        managed = await open_managed(database, visitor, reference, manage_token, health=True)
        async with database.begin(managed.scope) as work:
            photo = await photos.get_photo_of(work, managed.booking.group_id, photo_id)
            return as_clinical_photo(await photos.read_photo(work, photo, size))

    @post(
        "/{photo_id:uuid}/release",
        status_code=200,
        summary="Let a photo be shown to the public, or take that back",
        description="Taken back, it is shown nowhere from that moment on.",
        responses=done(PhotoView),
    )
    async def release(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        data: JSONBody[ReleaseDecided],
        database: Database_,
        visitor: Visitor_,
        manage_token: ManageToken = None,
    ) -> Response[Any]:
        managed = await open_managed(database, visitor, reference, manage_token, health=True)

        async def do(work: ClinicWork) -> dict[str, Any]:
            photo = await photos.get_photo_of(work, managed.booking.group_id, photo_id)
            return as_json(await photo_results.decide_release(work, photo, data))

        return await answer_once(request, visitor, database, managed.scope, do, status=200)

    @delete("/{photo_id:uuid}", summary="Remove a photo that the client sent")
    async def remove(
        self,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        manage_token: ManageToken = None,
    ) -> None:
        managed = await open_managed(database, visitor, reference, manage_token, health=True)
        async with database.begin(managed.scope) as work:
            await _remove(work, managed.booking.group_id, photo_id, by_client=True)


class ManagePhotosApi(Controller):
    path = "/api/v1/manage/{slug:str}/bookings/{reference:str}/photos"
    tags = ("Clinic: bookings",)
    security = BEARER

    @get(summary="The photos around a booking, and which are due")
    async def list_all(
        self, slug: FromPath[str], reference: FromPath[str], database: Database_, visitor: Visitor_
    ) -> PhotosOut:
        access = clinic_access(visitor, slug, TREATS)
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            return await _photos(work, (await scheduling.get_booking(work, booking_id)).group_id)

    @post(
        summary="Take a photo",
        description=_WHAT,
        responses=made(PhotoView),
        before_request=keep_body,
        request_max_body_size=LARGEST_UPLOAD,
    )
    async def upload(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        data: MultipartBody[PhotoUpload],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, TREATS)
        booking_id = await booking_id_of(database, access, reference)
        content = await data.file.read()

        async def do(work: ClinicWork) -> dict[str, Any]:
            sessions = await _sessions(work, booking_id)
            return as_json(await photos.add_photo(work, sessions, data, content, by_clinic=True))

        return await answer_once(request, visitor, database, access.scope, do)

    @get(
        "/{photo_id:uuid}/{size:str}", summary="A photo's file; the look is recorded", media_type="image/jpeg"
    )
    async def read_file(
        self,
        *,
        slug: FromPath[str],
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        size: FromPath[str],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[bytes]:
        """403 `photos-withdrawn` where the client has taken back the consent to photos."""
        access = clinic_access(visitor, slug, TREATS)
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            group_id = (await scheduling.get_booking(work, booking_id)).group_id
            photo = await photos.get_photo_of(work, group_id, photo_id)
            await photos.require_shown(work, photo.client_id)
            return as_clinical_photo(await photos.read_photo(work, photo, size))

    @delete("/{photo_id:uuid}", summary="Remove a photo that the clinic took")
    async def remove(
        self,
        slug: FromPath[str],
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> None:
        access = clinic_access(visitor, slug, TREATS)
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            group_id = (await scheduling.get_booking(work, booking_id)).group_id
            await _remove(work, group_id, photo_id, by_client=False)


class ManageResultsApi(Controller):
    path = "/api/v1/manage/{slug:str}/results"
    tags = ("Clinic: pictures",)
    security = BEARER

    @get(summary="The pairs that the clinic shows, and those that a moderator took down")
    async def list_all(
        self, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Listed[ResultView]:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return listed(await photo_results.list_chosen(work))

    @post(summary="Show two released photos beside each other", responses=made(ResultView))
    async def choose(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewResult],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        """409 `not-released`, `not-comparable`, `was-taken-down` or `too-many-results`."""
        scope = clinic_access(visitor, slug, MANAGE).scope

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await photo_results.choose_result(work, data))

        return await answer_once(request, visitor, database, scope, do)

    @delete("/{result_id:uuid}", summary="Take a pair off the page")
    async def remove(
        self, slug: FromPath[str], result_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> None:
        """409 `was-taken-down` for one that a moderator keeps from the public."""
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await photo_results.remove_result(work, result_id)


class ResultsApi(Controller):
    path = "/api/v1/clinics/{slug:str}/results"
    tags = ("Market",)

    @get(summary="What a clinic shows of its results: pairs that their clients released")
    async def list_all(
        self, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Listed[ResultOut]:
        async with database.begin(await public_scope_of(database, slug, visitor)) as work:
            found = await photo_results.list_results(work)
            return listed([_shown(work.tools.base_url, slug, one) for one in found])


def _shown(base_url: str, slug: str, one: ResultView) -> ResultOut:
    at = f"{base_url}/c/{slug}/results/{one.id}"
    urls = {"before_url": f"{at}/{one.before.id}", "after_url": f"{at}/{one.after.id}"}
    return ResultOut.model_validate(
        {**one.model_dump(exclude={"before", "after", "taken_down_at", "taken_down_why"}), **urls}
    )


async def _sessions(work: ClinicWork, booking_id: UUID) -> list[BookingView]:
    return await scheduling.list_group(work, (await scheduling.get_booking(work, booking_id)).group_id)


async def _photos(work: ClinicWork, group_id: UUID) -> PhotosOut:
    found = await photos.list_photos(work, group_id)
    plan = await photos.get_plan(work, await scheduling.list_group(work, group_id), found)
    return PhotosOut(items=found, plan=_plan(plan))


def _plan(plan: Sequence[PhotoDay]) -> list[PhotoDayOut]:
    names = PhotoDayOut.model_fields
    return [PhotoDayOut.model_validate({name: getattr(one, name) for name in names}) for one in plan]


async def _remove(work: ClinicWork, group_id: UUID, photo_id: UUID, *, by_client: bool) -> None:
    if (await photos.get_photo_of(work, group_id, photo_id)).by_client != by_client:
        raise NotFound
    await photos.remove_photo(work, photo_id)
