"""A live clinic's results: pairs of photos that their clients have released, with what lies between them."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.courses import photo_results
from services.kernel.work import Database
from web.context import AppRequest, Visitor, public_scope_of
from web.downloads import as_clinical_photo
from web.pages import page

# Asked for again each time: what a client takes back is not shown once more, not even from a cache.
ASK_AGAIN = "no-store"


class ResultsPage(Controller):
    path = "/c/{slug:str}/results"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """Every pair that is shown at this moment."""
        async with database.begin(await public_scope_of(database, slug, visitor)) as work:
            clinic = await clinics.get_clinic(work)
            results = await photo_results.list_results(work)
        answer = page(request, "public/results.html", clinic=clinic, results=results)
        answer.headers["Cache-Control"] = ASK_AGAIN
        return answer

    @get("/{result_id:uuid}/{photo_id:uuid}")
    async def read(
        self,
        slug: FromPath[str],
        result_id: FromPath[UUID],
        photo_id: FromPath[UUID],
        database: NamedDependency[Database],
    ) -> Response[bytes]:
        """A photo of a pair. Raises `NotFound` once its client has taken it back."""
        async with database.begin(await public_scope_of(database, slug)) as work:
            content = await photo_results.read_shown(work, result_id, photo_id)
        return as_clinical_photo(content, keep=ASK_AGAIN)
