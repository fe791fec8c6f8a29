"""The API of what a clinic's clients are sent: when they are reminded."""

from __future__ import annotations

from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.kernel.work import Database
from services.scheduling import reminders
from services.scheduling.reminders import ReminderPolicyIn
from web.api.answers import BEARER
from web.context import Visitor, clinic_access


class ManageMessagesApi(Controller):
    path = "/api/v1/manage/{slug:str}"
    tags = ("Clinic: messages",)
    security = BEARER

    @get("/reminders", summary="How many hours before a visit its client is reminded")
    async def read(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ReminderPolicyIn:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return await reminders.get_policy(work)

    @put("/reminders", summary="Choose when clients are reminded; visits that are booked follow it")
    async def choose(
        self,
        slug: FromPath[str],
        data: JSONBody[ReminderPolicyIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ReminderPolicyIn:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await reminders.choose_policy(work, data)
