"""A live clinic's pictures: the files, for anyone and for long, and each picture in full size on a page of its own."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import pictures
from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.work import Database
from services.marketplace.showing import picture_shown
from web.context import AppRequest, Visitor, public_scope_of
from web.downloads import as_picture
from web.pages import page


class ClinicPictures(Controller):
    path = "/c/{slug:str}"
    include_in_schema = False

    @get("/files/{name:str}")
    async def read(
        self,
        request: AppRequest,
        slug: FromPath[str],
        name: FromPath[str],
        database: NamedDependency[Database],
    ) -> Response[bytes]:
        """A file that is made to be shown. Raises `NotFound` unless the clinic is live and shows its picture."""
        async with database.begin(await public_scope_of(database, slug)) as work:
            file, content = await pictures.read_file(work, name, shown_only=True)
        return as_picture(request, file, content)

    @get("/pictures/{picture_id:uuid}")
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """One of the clinic's pictures as large as the screen, with the ones before and after it."""
        async with database.begin(await public_scope_of(database, slug, visitor)) as work:
            clinic = await clinics.get_clinic(work)
            found = (await pictures.load_shelf(work)).pictures
        place = next((at for at, picture in enumerate(found) if picture.id == picture_id), None)
        if place is None:
            raise NotFound
        return page(
            request,
            "public/picture.html",
            clinic=clinic,
            shown=picture_shown(f"/c/{slug}", found[place]),
            number=place + 1,
            total=len(found),
            before=found[place - 1].id if place else None,
            after=found[place + 1].id if place + 1 < len(found) else None,
        )
