"""The client's photos: sending one, seeing then and now, releasing and removing, by the signed link or the account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.courses import photo_results, photos
from services.courses.photo_schemas import ReleaseDecided
from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.work import Database
from web.client.managing import Managed, open_managed, private
from web.context import AppRequest, Visitor
from web.downloads import as_clinical_photo
from web.forms import Form, check, read_form
from web.locale import current_locale
from web.pages import go_to, page
from web.photo_pages import LARGEST_UPLOAD, load_photos, take_photo

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class OwnPhotoPages(Controller):
    """`/bookings/{reference}/photos`, for whoever may manage the booking. A wrong token is answered 404."""

    path = "/bookings/{reference:str}/photos"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AppRequest, reference: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """What is due, then and now, and every photo."""
        managed = await open_managed(
            database, visitor, reference, request.query_params.get("token", ""), health=True
        )
        return await _page(request, database, managed, Form())

    @post("/", status_code=200, request_max_body_size=LARGEST_UPLOAD)
    async def add(
        self, request: AppRequest, reference: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Keeps a photo, and the consent where it comes with it; of a refused one says why."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""), health=True)
        try:
            async with database.begin(managed.scope) as work:
                await take_photo(work, managed.sessions, form, by_clinic=False)
        except InvalidFields as refusal:
            return await _page(request, database, managed, form.reject(refusal))
        except Refusal as refusal:
            form.errors["form"] = refusal.text
            return await _page(request, database, managed, form)
        return private(
            go_to(_here(managed), flash="Your photo is kept. You and those who treat you can see it.")
        )

    @get("/{photo_id:uuid}/{size:str}")
    async def read(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        size: FromPath[str],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[bytes]:
        """The photo itself; the look is recorded."""
        managed = await open_managed(
            database, visitor, reference, request.query_params.get("token", ""), health=True
        )
        async with database.begin(managed.scope) as work:
            photo = await photos.get_photo_of(work, managed.booking.group_id, photo_id)
            return as_clinical_photo(await photos.read_photo(work, photo, size))

    @get("/{photo_id:uuid}/release")
    async def ask_release(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        """The step before a photo may be shown to the public: what that means, and a signature."""
        managed = await open_managed(
            database, visitor, reference, request.query_params.get("token", ""), health=True
        )
        return await _release_page(request, database, managed, photo_id, Form())

    @post("/{photo_id:uuid}/release", status_code=200)
    async def release(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any] | Redirect:
        """Gives the consent for this photo, or takes it back: then it is shown nowhere any more."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""), health=True)
        wanted = form.values.get("release") == "true"
        try:
            given = check(form, ReleaseDecided, release=wanted, language=current_locale())
            async with database.begin(managed.scope) as work:
                photo = await photos.get_photo_of(work, managed.booking.group_id, photo_id)
                await photo_results.decide_release(work, photo, given)
        except NotFound:
            raise
        except InvalidFields as refusal:
            return await _release_page(request, database, managed, photo_id, form.reject(refusal))
        except Refusal as refusal:
            form.errors["form"] = refusal.text
            return await _release_page(request, database, managed, photo_id, form)
        if wanted:
            answer = go_to(
                _here(managed), flash="The clinic may show this photo. You can take that back at any time."
            )
        else:
            answer = go_to(_here(managed), flash="Taken back. The photo is not shown to the public any more.")
        return private(answer)

    @post("/{photo_id:uuid}/delete", status_code=200)
    async def remove(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        photo_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Redirect:
        """Removes a photo that the client sent; what the clinic took is part of its record."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""), health=True)
        async with database.begin(managed.scope) as work:
            photo = await photos.get_photo_of(work, managed.booking.group_id, photo_id)
            if not photo.by_client:
                raise NotFound
            await photos.remove_photo(work, photo_id)
        return private(go_to(_here(managed), flash="The photo is removed, and its files with it."))


def _here(managed: Managed) -> str:
    return f"{managed.path}/photos{managed.suffix}"


async def _page(request: AppRequest, database: Database, managed: Managed, form: Form) -> Response[str]:
    async with database.begin(managed.scope) as work:
        shown = await load_photos(work, managed.sessions, request.query_params.get("now", ""))
        today = work.now.astimezone(managed.booking.zone).date()
    return private(
        page(
            request,
            "booking/photos.html",
            status=422 if form.errors else 200,
            **managed.values(),
            **shown.values(),
            today=today,
            values=form.values,
            errors=form.errors,
        )
    )


async def _release_page(
    request: AppRequest, database: Database, managed: Managed, photo_id: UUID, form: Form
) -> Response[str]:
    async with database.begin(managed.scope) as work:
        photo = await photos.get_photo_of(work, managed.booking.group_id, photo_id)
    return private(
        page(
            request,
            "booking/release.html",
            status=422 if form.errors else 200,
            **managed.values(),
            photo=photo,
            text=photo_results.release_text(),
            values=form.values,
            errors=form.errors,
        )
    )
