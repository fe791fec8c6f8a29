"""A client's photos at the desk of those who treat: taking one, then and now. Each look is recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from services.courses import photos
from services.kernel.errors import InvalidFields, NotFound, Refusal
from web.clinic.desk import Desk, Opened, open_booking, provide_desk
from web.downloads import as_clinical_photo
from web.forms import Form, read_form
from web.pages import go_to
from web.photo_pages import LARGEST_UPLOAD, load_photos, take_photo

Desk_ = NamedDependency[Desk]
TREATS = "sessions:record"


class PhotoPages(Controller):
    """`/clinic/{slug}/bookings/{reference}/photos`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/photos"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form
    include_in_schema = False

    @get("/")
    async def show(self, desk: Desk_, reference: FromPath[str]) -> Response[str]:
        """What is due, then and now, and every photo of what was booked together."""
        return await _page(await open_booking(desk, reference, TREATS), Form())

    @post("/", status_code=200, request_max_body_size=LARGEST_UPLOAD)
    async def add(self, desk: Desk_, reference: FromPath[str]) -> Response[Any] | Redirect:
        """Keeps a photo; of a refused one says why."""
        opened = await open_booking(desk, reference, TREATS)
        form = await read_form(desk.request)
        try:
            async with desk.work(TREATS) as work:
                await take_photo(work, opened.sessions, form, by_clinic=True)
        except InvalidFields as refusal:
            return await _page(opened, form.reject(refusal))
        except Refusal as refusal:
            form.errors["form"] = refusal.text
            return await _page(opened, form)
        return go_to(f"{opened.path}/photos", flash="The photo is kept, sealed with the client's own key.")

    @get("/{photo_id:uuid}/{size:str}")
    async def read(
        self, desk: Desk_, reference: FromPath[str], photo_id: FromPath[UUID], size: FromPath[str]
    ) -> Response[bytes]:
        """The photo itself; the look is recorded. Raises `PhotosWithdrawn`."""
        opened = await open_booking(desk, reference, TREATS)
        async with desk.work(TREATS) as work:
            photo = await photos.get_photo_of(work, opened.booking.group_id, photo_id)
            await photos.require_shown(work, photo.client_id)
            return as_clinical_photo(await photos.read_photo(work, photo, size))

    @post("/{photo_id:uuid}/delete", status_code=200)
    async def remove(self, desk: Desk_, reference: FromPath[str], photo_id: FromPath[UUID]) -> Redirect:
        """Removes a photo that the clinic took: the wrong person, or not sharp. The audit keeps that it was there."""
        opened = await open_booking(desk, reference, TREATS)
        async with desk.work(TREATS) as work:
            photo = await photos.get_photo_of(work, opened.booking.group_id, photo_id)
            if photo.by_client:
                raise NotFound
            await photos.remove_photo(work, photo_id)
        return go_to(f"{opened.path}/photos", flash="The photo is removed, and its files with it.")


async def _page(opened: Opened, form: Form) -> Response[str]:
    async with opened.desk.work(TREATS) as work:
        shown = await load_photos(work, opened.sessions, opened.desk.request.query_params.get("now", ""))
    return opened.page(
        "clinic/bookings/photos.html",
        status=422 if form.errors else 200,
        **shown.values(),
        today=opened.now.astimezone(opened.booking.zone).date(),
        values=form.values,
        errors=form.errors,
    )
