"""Pictures and results on the moderators' pages: their files, and a case about one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from infra.platform.settings import Settings
from services.clinics import pictures
from services.courses import photo_results
from services.kernel.work import Database
from services.moderation import service as moderation
from web.admin.cases import scope_of
from web.context import AppRequest, Visitor, moderator_actor
from web.downloads import as_clinical_photo, as_picture
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Settings_ = NamedDependency[Settings]


class CasePictures(Controller):
    path = "/admin/cases/{case_id:uuid}"
    include_in_schema = False

    @get("/files/{name:str}")
    async def read(
        self,
        *,
        request: AppRequest,
        case_id: FromPath[UUID],
        name: FromPath[str],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[bytes]:
        """A file of one of the clinic's pictures, shown or not."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            file, content = await pictures.read_file(work, name, shown_only=False)
        return as_picture(request, file, content, keep="private, no-store")

    @post("/pictures/{picture_id:uuid}")
    async def open_case(
        self,
        case_id: FromPath[UUID],
        picture_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[Any]:
        """Opens a case about one picture: there it is taken down, with a reason, or not."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            case = await moderation.open_picture_case(work, picture_id)
        return go_to(f"/admin/cases/{case.id}", flash="A case about the picture is open.")

    @get("/results/{result_id:uuid}/{photo_id:uuid}")
    async def read_result(
        self,
        *,
        case_id: FromPath[UUID],
        result_id: FromPath[UUID],
        photo_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[bytes]:
        """A photo of a pair, taken down or not. Raises `NotFound` once its client has taken it back."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            content = await photo_results.read_shown(work, result_id, photo_id, for_moderators=True)
        return as_clinical_photo(content, keep="private, no-store")

    @post("/results/{result_id:uuid}")
    async def open_result_case(
        self,
        case_id: FromPath[UUID],
        result_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[Any]:
        """Opens a case about one pair: there it is taken down, with a reason, or not."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            case = await moderation.open_result_case(work, result_id)
        return go_to(f"/admin/cases/{case.id}", flash="A case about the pair is open.")
