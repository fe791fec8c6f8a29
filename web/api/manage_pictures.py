"""The API of a clinic's pictures and of its practitioners' portraits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from pydantic import ConfigDict

from services.clinics import pictures
from services.clinics.models import PictureSubject
from services.clinics.picture_schemas import NewPicture, PicturePatch, PictureView
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.clinic.pictures import FOR_THE_TEAM
from web.context import AppRequest, Visitor, clinic_access
from web.downloads import as_picture
from web.idempotent import answer_once, keep_body

READ, MANAGE, MANAGE_PEOPLE = "clinic:read", "clinic:manage", "practitioners:manage"
_WHAT = "JPEG, PNG or WebP by its content, still, at most 10 MB, 600 to 8,000 pixels on the long side."


class PictureUpload(NewPicture):
    """One picture, with what is said of it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: UploadFile


class ManagePicturesApi(Controller):
    path = "/api/v1/manage/{slug:str}/pictures"
    tags = ("Clinic: pictures",)
    security = BEARER

    @get(summary="The clinic's pictures, in order")
    async def list_all(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[PictureView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed(await pictures.list_pictures(work))

    @post(
        summary="Upload a picture; a worker prepares it",
        description=_WHAT,
        responses=made(PictureView),
        before_request=keep_body,
    )
    async def upload(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: MultipartBody[PictureUpload],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = clinic_access(visitor, slug, MANAGE).scope
        content = await data.file.read()

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await pictures.add_picture(work, data, content))

        return await answer_once(request, visitor, database, scope, do)

    @get("/{picture_id:uuid}", summary="A picture with its state and its files")
    async def read(
        self,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PictureView:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return await _own(work, picture_id)

    @patch("/{picture_id:uuid}", summary="Say what a picture shows, move it, or make it the cover")
    async def update(
        self,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        data: JSONBody[PicturePatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PictureView:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return await pictures.update_picture(work, picture_id, data)

    @delete("/{picture_id:uuid}", summary="Remove a picture with its files")
    async def remove(
        self,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await pictures.remove_picture(work, picture_id)

    @get(
        "/{picture_id:uuid}/files/{name:str}",
        summary="One of a picture's files, public or not",
        media_type="application/octet-stream",
    )
    async def read_file(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        name: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[bytes]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            if (await pictures.get_picture(work, picture_id)).file(name) is None:
                raise NotFound
            file, content = await pictures.read_file(work, name, shown_only=False)
        return as_picture(request, file, content, keep=FOR_THE_TEAM)


class ManagePortraitsApi(Controller):
    path = "/api/v1/manage/{slug:str}/practitioners/{practitioner_id:uuid}/portrait"
    tags = ("Clinic: pictures",)
    security = BEARER

    @get(summary="A practitioner's newest portrait")
    async def read(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PictureView:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            found = await practitioners.list_portraits(work, practitioner_id)
        if not found:
            raise NotFound
        return found[0]

    @post(
        summary="Upload a portrait; it takes the place of the one before once it is prepared",
        description=_WHAT,
        responses=made(PictureView),
        before_request=keep_body,
    )
    async def upload(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: MultipartBody[PictureUpload],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = clinic_access(visitor, slug, MANAGE_PEOPLE).scope
        content = await data.file.read()

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await practitioners.set_portrait(work, practitioner_id, data, content))

        return await answer_once(request, visitor, database, scope, do)

    @delete(summary="Remove a practitioner's portrait")
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE_PEOPLE).scope) as work:
            await practitioners.remove_portraits(work, practitioner_id)


async def _own(work: ClinicWork, picture_id: UUID) -> PictureView:
    found = await pictures.get_picture(work, picture_id)
    if found.subject_kind is not PictureSubject.CLINIC:
        raise NotFound
    return found
