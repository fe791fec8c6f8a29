"""The clinic's clients: found by name, e-mail or phone; one person's visits, courses and consents."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide

from services.clients import service as clients
from services.courses import service as courses
from services.scheduling import booking as scheduling
from services.screening import service as screening
from web.client.plans import day_of_course, drawing_of
from web.clinic.desk import Desk, provide_desk

Desk_ = NamedDependency[Desk]
PAGE = 50


class ClientPages(Controller):
    """`/clinic/{slug}/clients`."""

    path = "/clinic/{slug:str}/clients"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """Everyone, or who matches `q`; in pages."""
        given = desk.request.query_params
        q, cursor = given.get("q", "").strip(), given.get("cursor")
        async with desk.work("clients:read") as work:
            found = await clients.list_clients(work, q, PAGE, cursor)
        base = f"/clinic/{desk.slug}/clients"
        keep = {"q": q} if q else {}
        return desk.page(
            "clinic/clients/index.html",
            current="clients",
            q=q,
            clients=found.items,
            next_url=f"{base}?{urlencode(keep | {'cursor': found.next})}" if found.next else None,
            start_url=(f"{base}?{urlencode(keep)}" if keep else base) if cursor else None,
            can_book=desk.may("bookings:manage"),
        )

    @get("/{client_id:uuid}")
    async def show(self, desk: Desk_, client_id: UUID) -> Response[str]:
        """One client. Health answers are not here: they are asked for at a booking, and each look is recorded."""
        async with desk.work("clients:read") as work:
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
        return desk.page(
            "clinic/clients/show.html",
            current="clients",
            client=client,
            visits=sorted(visits, key=lambda item: item.starts_at, reverse=True),
            courses=plans,
            consents=consents,
            can_book=desk.may("bookings:manage"),
        )
