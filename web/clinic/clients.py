"""The clinic's clients: found by name, e-mail or phone; one person's visits, courses and consents."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.clients import service as clients
from services.courses import service as courses
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.screening import service as screening
from web.client.plans import day_of_course, drawing_of
from web.clinic.desk import desk_page, may
from web.context import AppRequest, Visitor, clinic_access

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
PAGE = 50


class ClientPages(Controller):
    """`/clinic/{slug}/clients`."""

    path = "/clinic/{slug:str}/clients"

    @get("/")
    async def index(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Everyone, or who matches `q`; in pages."""
        access = clinic_access(visitor, slug, "clients:read")
        q, cursor = request.query_params.get("q", "").strip(), request.query_params.get("cursor")
        async with database.begin(access.scope) as work:
            found = await clients.list_clients(work, q, PAGE, cursor)
        base = f"/clinic/{slug}/clients"
        keep = {"q": q} if q else {}
        return desk_page(
            request,
            visitor,
            access,
            "clinic/clients/index.html",
            current="clients",
            q=q,
            clients=found.items,
            next_url=f"{base}?{urlencode(keep | {'cursor': found.next})}" if found.next else None,
            start_url=(f"{base}?{urlencode(keep)}" if keep else base) if cursor else None,
            can_book=may(access, "bookings:manage"),
        )

    @get("/{client_id:uuid}")
    async def show(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """One client. Health answers are not here: they are asked for at a booking, and each look is recorded."""
        access = clinic_access(visitor, slug, "clients:read")
        async with database.begin(access.scope) as work:
            client = await clients.get_client(work, client_id)
            visits = await scheduling.list_visits(work, client_id)
            plans: list[dict[str, Any]] = []
            for course in await courses.list_courses(work, client_id=client_id):
                sessions = [item for item in visits if item.group_id == course.id]
                plans.append(
                    {
                        "id": course.id,
                        "treatment_name": course.treatment_name,
                        "area": course.area,
                        "done": course.done,
                        "sessions_total": course.sessions,
                        "plan": drawing_of(sessions, course),
                        "today": day_of_course(sessions, work.now),
                    }
                )
            consents = await screening.list_consents(work, client_id)
        return desk_page(
            request,
            visitor,
            access,
            "clinic/clients/show.html",
            current="clients",
            client=client,
            visits=sorted(visits, key=lambda item: item.starts_at, reverse=True),
            courses=plans,
            consents=consents,
        )
