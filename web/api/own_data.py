"""The API of one's own data: what is held, exports, consents, erasure; for a clinic what retention did."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, ConfigDict, Field

from services.clients import service as clients
from services.kernel.language import speaking
from services.kernel.scope import PublicScope
from services.kernel.work import Database, PublicWork
from services.privacy import asking, export, holding, own_consents, retention
from services.privacy.person import Person
from services.privacy.schemas import ConsentDecided, Erase, LinkAsked, RequestView
from services.screening import consents
from services.screening.schemas import ConsentLog
from web.api.answers import BEARER, InLanguage, Listed, as_json, bearer_token, listed, made
from web.context import AppRequest, Visitor, address_of, clinic_access
from web.idempotent import answer_once

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class HeldOut(BaseModel):
    """Rows by table that one clinic, or (null) the platform, holds; and visits that lie ahead."""

    clinic_id: UUID | None
    clinic: str | None
    rows: dict[str, int]
    visits_ahead: int


class ErasureOut(BaseModel):
    """An erasure that has begun. Its report needs no sign-in, which is gone by then."""

    state: str
    report_token: str = Field(description="For `GET /api/v1/account/erasures/{token}`.")


class ConsentStateOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    purpose: str = Field(examples=["photos"])
    decision: str | None = Field(description="given, withdrawn, or null where it was never asked.")
    since: datetime | None
    version: str
    text: str


class ConsentEntryOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    purpose: str
    decision: str
    text_version: str
    language: str | None = Field(
        description="That of the words that were shown; null where that was not kept yet."
    )
    text: str = Field(description="The words that were shown; in English where `language` is null.")
    signed_name: str
    signed_at: datetime


class ConsentLogOut(BaseModel):
    """What holds for each purpose, and the whole log, latest first."""

    clinic_id: UUID
    clinic: str | None = None
    states: list[ConsentStateOut]
    entries: list[ConsentEntryOut]


class RetentionOut(BaseModel):
    """What retention did on a day by a rule."""

    ran_on: date
    rule: str
    what: str
    reason: str
    source: str
    erased: int
    kept: int
    kept_because: str


class OwnDataApi(Controller):
    path = "/api/v1/account"
    tags = ("Own data",)
    security = BEARER

    @get("/data", summary="What is held of oneself, in counts")
    async def held(self, database: Database_, visitor: Visitor_) -> Listed[HeldOut]:
        found = await holding.list_held(database, await _person(database, visitor), visitor.actor)
        return listed(
            [
                HeldOut(
                    clinic_id=one.clinic_id,
                    clinic=one.clinic_name or None,
                    rows=one.rows,
                    visits_ahead=one.ahead,
                )
                for one in found
            ]
        )

    @post("/exports", summary="Gather everything", responses=made(RequestView, "The export, being made."))
    async def ask(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[Any]:
        person = await _person(database, visitor)

        async def do(work: PublicWork) -> dict[str, Any]:
            own = await asking.get_account_language(work, visitor.account_id)
            return as_json(await asking.ask_export(work, person, own))

        return await answer_once(request, visitor, database, PublicScope(visitor.actor), do)

    @get("/exports", summary="One's exports, latest first")
    async def exports(self, database: Database_, visitor: Visitor_) -> Listed[RequestView]:
        person = await _person(database, visitor)
        async with database.begin(PublicScope(visitor.actor)) as work:
            return listed(await asking.list_exports(work, person))

    @get("/exports/{request_id:uuid}", summary="One export")
    async def one(self, request_id: FromPath[UUID], database: Database_, visitor: Visitor_) -> RequestView:
        person = await _person(database, visitor)
        async with database.begin(PublicScope(visitor.actor)) as work:
            return await asking.get_export(work, person, request_id)

    @get("/exports/{request_id:uuid}/file", summary="Everything, as one document")
    async def file(
        self, request_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[dict[str, Any]]:
        """Format `needlewise-person/1`: 409 while it is made, 410 after seven days."""
        person = await _person(database, visitor)
        async with database.begin(PublicScope(visitor.actor)) as work:
            document = await export.read_export(work, person, request_id)
        return Response(document, headers={"Cache-Control": "private, no-store"})

    @post("/erasure", summary="Erase oneself", responses=made(ErasureOut, "The erasure, begun."))
    async def erase(
        self, request: AppRequest, data: JSONBody[Erase], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        """Needs the password, and the second factor where there is one. 409 for the only owner of a clinic."""
        person = await _person(database, visitor)
        view, token = await asking.begin_erasure(
            database, person, data, by=visitor.actor, token=bearer_token(request)
        )
        return Response(as_json(ErasureOut(state=view.state, report_token=token)), status_code=201)

    @get("/erasures/{token:str}", summary="What an erasure did", security=[])
    async def report(self, token: FromPath[str], database: Database_) -> RequestView:
        async with database.begin(PublicScope()) as work:
            return await asking.read_report(work, token)

    @get("/consents", summary="One's consents at every clinic")
    async def own_consents(
        self, database: Database_, visitor: Visitor_, language: InLanguage = "en"
    ) -> Listed[ConsentLogOut]:
        """The words in force in `language`; those of the log as they were shown."""
        with speaking(language):
            found = await own_consents.list_own(database, await _person(database, visitor), visitor.actor)
        return listed([_log(one.clinic_id, one.log, one.clinic_name) for one in found])

    @post("/consents", status_code=204, summary="Give or withdraw a consent")
    async def decide(self, data: JSONBody[ConsentDecided], database: Database_, visitor: Visitor_) -> None:
        await own_consents.decide(database, await _person(database, visitor), data, visitor.actor)


class DataLinksApi(Controller):
    path = "/api/v1/data-links"
    tags = ("Own data",)

    @post(status_code=202, summary="Have the way in to one's data sent", security=[])
    async def ask(
        self, request: AppRequest, data: JSONBody[LinkAsked], database: Database_, visitor: Visitor_
    ) -> None:
        """The same answer whether or not anything is held of the address."""
        async with database.begin(PublicScope(visitor.actor)) as work:
            await asking.ask_link(work, data, "en", address=address_of(request))


class ClinicDataApi(Controller):
    path = "/api/v1/manage/{slug:str}"
    tags = ("Clinic: clients",)
    security = BEARER

    @get("/clients/{client_id:uuid}/consents", summary="A client's consents")
    async def consents(
        self, slug: FromPath[str], client_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> ConsentLogOut:
        async with database.begin(clinic_access(visitor, slug, "clients:read").scope) as work:
            client = await clients.get_client(work, client_id)
            return _log(work.scope.clinic_id, await consents.get_log(work, client.id))

    @get("/retention", summary="What retention erased and kept")
    async def retained(
        self, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Listed[RetentionOut]:
        async with database.begin(clinic_access(visitor, slug, "audit:read").scope) as work:
            found = await retention.list_reports(work)
        return listed([RetentionOut(**_without_clinic(asdict(line))) for line in found])


async def _person(database: Database, visitor: Visitor) -> Person:
    account_id = visitor.account_id
    async with database.begin(PublicScope(visitor.actor)) as work:
        return await asking.own_person(work, account_id)


def _log(clinic_id: UUID, log: ConsentLog, name: str | None = None) -> ConsentLogOut:
    return ConsentLogOut(
        clinic_id=clinic_id,
        clinic=name,
        states=[ConsentStateOut.model_validate(one) for one in log.states],
        entries=[ConsentEntryOut.model_validate(one) for one in log.entries],
    )


def _without_clinic(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != "clinic_id"}
