"""Pages of a clinic's pictures: several at once up, what each shows, their order and the cover; files for the team."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import pictures
from services.clinics import service as clinics
from services.clinics.picture_rules import MOST_PICTURES
from services.clinics.picture_schemas import NewPicture, PicturePatch, PictureView
from services.clinics.pictures import TooManyPictures
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from services.marketplace.showing import picture_shown
from web.clinic.walk import Asked
from web.context import AppRequest, Visitor, clinic_access
from web.downloads import as_picture
from web.forms import Form, check, read_form, words_of
from web.locale import gettext
from web.pages import go_to

MANAGE = "clinic:manage"
LARGEST_UPLOAD = 40_000_000  # several pictures in one form
FOR_THE_TEAM = "private, max-age=3600"
WORDS = ("alt", "caption")
_STEPS = {"earlier": -1, "later": 1}

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class PicturePages(Controller):
    path = "/clinic/{slug:str}/pictures"
    include_in_schema = False

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        return await _page(Asked(request, visitor, access), database, Form())

    @post(status_code=200, request_max_body_size=LARGEST_UPLOAD)
    async def upload(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        """Takes what can be taken; of the rest it says why not, and keeps nothing."""
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        sent = form.uploads.get("files", [])
        given = NewPicture(no_client=form.values.get("no_client") == "true")
        if not sent:
            form.errors["files"] = "Choose one or more pictures first."
        if not given.no_client:
            form.errors["no_client"] = (
                "Confirm that no client can be recognised. Then choose the pictures again: nothing was kept."
            )
        kept = 0 if form.errors else await _take(database, access.scope, form, given, sent)
        if form.errors:
            return await _page(Asked(request, visitor, access), database, form, kept=kept)
        words = gettext("{n} pictures are kept. Next: say in words what is to be seen.").format(n=kept)
        if kept == 1:
            words = gettext("The picture is kept. Next: say in words what is to be seen.")
        return go_to(f"/clinic/{slug}/pictures", flash=words)

    @post("/{picture_id:uuid}", status_code=200)
    async def save(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        """What it shows. Fields end in the picture's id, since every picture has them on the one page."""
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        given = {name: str(form.values.get(f"{name}-{picture_id}", "")) for name in WORDS}
        try:
            patch = check(Form(), PicturePatch, **given)
            async with database.begin(access.scope) as work:
                saved = await pictures.update_picture(work, picture_id, patch)
        except InvalidFields as refusal:
            form.errors = {f"{error.field}-{picture_id}": error.message for error in refusal.errors}
            return await _page(Asked(request, visitor, access), database, form)
        words = "Saved." if saved.alt else "Saved. Without the words it is not shown to clients."
        return go_to(f"/clinic/{slug}/pictures#picture-{picture_id}", flash=words)

    @post("/{picture_id:uuid}/cover")
    async def choose_cover(
        self, slug: FromPath[str], picture_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            await pictures.update_picture(work, picture_id, PicturePatch(is_cover=True))
        return go_to(f"/clinic/{slug}/pictures", flash="It is the cover now: searches show it.")

    @post("/{picture_id:uuid}/move")
    async def move(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        picture_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        """One place `earlier` or `later`."""
        access = clinic_access(visitor, slug, MANAGE)
        step = _STEPS.get(str((await read_form(request)).values.get("to")), 0)
        async with database.begin(access.scope) as work:
            ids = [picture.id for picture in await pictures.list_pictures(work)]
            if picture_id not in ids:
                raise NotFound
            place = min(max(ids.index(picture_id) + 1 + step, 1), MOST_PICTURES)
            await pictures.update_picture(work, picture_id, PicturePatch(position=place))
        return go_to(f"/clinic/{slug}/pictures#picture-{picture_id}")

    @post("/{picture_id:uuid}/delete")
    async def remove(
        self, slug: FromPath[str], picture_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            await pictures.remove_picture(work, picture_id)
        return go_to(f"/clinic/{slug}/pictures", flash="The picture is removed, and its files with it.")


class PictureFiles(Controller):
    """What the team sees of pictures that the public does not see yet, or not any more."""

    path = "/clinic/{slug:str}/files"
    include_in_schema = False

    @get("/{name:str}")
    async def read(
        self,
        request: AppRequest,
        slug: FromPath[str],
        name: FromPath[str],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[bytes]:
        access = clinic_access(visitor, slug, "clinic:read")
        async with database.begin(access.scope) as work:
            file, content = await pictures.read_file(work, name, shown_only=False)
        return as_picture(request, file, content, keep=FOR_THE_TEAM)


async def _take(
    database: Database, scope: ClinicScope, form: Form, given: NewPicture, sent: list[UploadFile]
) -> int:
    """Keeps each file on its own; what is refused is said by its name. Gives how many were kept."""
    refused: list[str] = []
    for file in sent:
        content = await file.read()
        try:
            async with database.begin(scope) as work:
                await pictures.add_picture(work, given, content)
        except (InvalidFields, TooManyPictures) as refusal:
            words = gettext(words_of(refusal))
            refused.append(words if len(sent) == 1 else f"{file.filename}: {words}")
    if refused:
        form.errors["files"] = " ".join(refused)
    return len(sent) - len(refused)


async def _page(asked: Asked, database: Database, form: Form, *, kept: int = 0) -> Response[str]:
    async with database.begin(asked.access.scope) as work:
        clinic = await clinics.get_clinic(work)
        found = await pictures.list_pictures(work)
    return asked.page(
        "clinic/setup/pictures.html",
        current="pictures",
        status=422 if form.errors else 200,
        clinic=clinic,
        pictures=[shown_at(f"/clinic/{asked.access.slug}", picture) for picture in found],
        cover_id=next(
            (one.id for one in found if one.is_cover), next((one.id for one in found if one.is_shown), None)
        ),
        most=MOST_PICTURES,
        kept=kept,
        form=form,
    )


def shown_at(at: str, picture: PictureView) -> dict[str, Any]:
    """A picture with its state, and with its files at an address of those who may see it, once they are made."""
    return {"it": picture, "ready": picture_shown(at, picture) if picture.files else None}
