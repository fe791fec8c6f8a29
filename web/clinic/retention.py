"""What retention did with a clinic's rows, by which rules, and what stays by law."""

from __future__ import annotations

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.kernel.work import Database
from services.privacy import retention
from services.privacy.law import laws, rules_version
from web.clinic.walk import Asked
from web.context import AppRequest, Visitor, clinic_access


class RetentionPages(Controller):
    path = "/clinic/{slug:str}/retention"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "audit:read")
        async with database.begin(access.scope) as work:
            reports = await retention.list_reports(work)
        return Asked(request, visitor, access).page(
            "clinic/setup/retention.html",
            current="audit",
            walk=None,
            reports=reports,
            rules=retention.list_rules(),
            version=rules_version(),
            laws=list(laws().values()),
        )
