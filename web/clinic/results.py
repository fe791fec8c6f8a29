"""What a clinic shows of its results: pairs of photos that clients have released, chosen one by one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from services.clients import service as clients
from services.courses import photo_results, photos
from services.courses.photo_schemas import NewResult
from services.kernel.errors import NotFound, Refusal
from web.clinic.desk import Desk, provide_desk
from web.downloads import as_clinical_photo
from web.forms import check, read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]
MANAGE = "clinic:manage"


class ResultPages(Controller):
    """`/clinic/{slug}/results`."""

    path = "/clinic/{slug:str}/results"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form
    include_in_schema = False

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """What is shown, and what could be."""
        async with desk.work(MANAGE) as work:
            chosen = await photo_results.list_chosen(work)
            shown = [one for one in chosen if one.taken_down_at is None]
            candidates = await photo_results.list_candidates(work)
            ids = {after.client_id for _, after in candidates} | {one.after.client_id for one in chosen}
            names = {one: (await clients.get_client(work, one)).name for one in ids}
        return desk.page(
            "clinic/results.html",
            current="results",
            shown=shown,
            taken_down=[one for one in chosen if one.taken_down_at is not None],
            candidates=candidates,
            names=names,
            most=photo_results.MOST_RESULTS,
        )

    @post("/", status_code=200)
    async def choose(self, desk: Desk_) -> Response[Any] | Redirect:
        """Shows a pair on the clinic's page."""
        desk.access(MANAGE)
        form = await read_form(desk.request)
        here = f"/clinic/{desk.slug}/results"
        try:
            async with desk.work(MANAGE) as work:
                await photo_results.choose_result(work, check(form, NewResult))
        except NotFound:
            raise
        except Refusal as refusal:
            return go_to(here, flash=refusal.text, kind="caution")
        return go_to(here, flash="The pair is on your page now.")

    @post("/{result_id:uuid}/delete", status_code=200)
    async def remove(self, desk: Desk_, result_id: FromPath[UUID]) -> Redirect:
        """Takes a pair off the page."""
        here = f"/clinic/{desk.slug}/results"
        try:
            async with desk.work(MANAGE) as work:
                await photo_results.remove_result(work, result_id)
        except photo_results.WasTakenDown as refusal:
            return go_to(here, flash=refusal.text, kind="caution")
        return go_to(here, flash="The pair is off your page.")

    @get("/photos/{photo_id:uuid}")
    async def read(self, desk: Desk_, photo_id: FromPath[UUID]) -> Response[bytes]:
        """A released photo, to choose it by; the look is recorded. Raises `NotFound` for one that is not released."""
        async with desk.work(MANAGE) as work:
            photo = await photos.get_photo(work, photo_id)
            if not photo.is_released:
                raise NotFound
            await photos.require_shown(work, photo.client_id)
            return as_clinical_photo(await photos.read_photo(work, photo, photos.MEDIUM))
