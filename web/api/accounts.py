"""The API of accounts: sign up, sign in, sign out; one's own account and where one is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, ConfigDict, Field

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials, NewAccount
from services.kernel.scope import PublicScope
from services.kernel.work import Database, PublicWork
from web.api.answers import BEARER, Listed, as_json, bearer_token, listed, made
from web.context import AppRequest, Visitor, address_of, origin_of
from web.idempotent import answer_once


class AccountOut(BaseModel):
    """An account; its e-mail is proved by the link in the first message."""

    id: UUID
    email: str
    name: str
    email_verified: bool


class TokenOut(BaseModel):
    """A token for `Authorization: Bearer`, good for 30 days."""

    token: str


class ClinicOfMine(BaseModel):
    """A clinic that the account works for, and as what."""

    slug: str
    name: str
    role: str
    public: bool


class OwnAccountOut(AccountOut):
    """One's own account."""

    second_factor: bool = Field(description="Whether signing in asks for a code.")
    clinics: list[ClinicOfMine]


class SignInOut(BaseModel):
    """Where one is signed in. Addresses are IP addresses, empty where unknown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str = Field(description="`session` for a browser, `api` for a token.", examples=["session"])
    device: str = Field(examples=["Firefox on Linux"])
    first_address: str
    last_address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool = Field(description="Whether this request used it.")


class AccountsApi(Controller):
    path = "/api/v1"
    tags = ("Accounts",)

    @post("/accounts", summary="Sign up", responses=made(AccountOut, "The account."), security=[])
    async def sign_up(
        self,
        request: AppRequest,
        data: JSONBody[NewAccount],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: PublicWork) -> dict[str, Any]:
            made_now = await accounts.sign_up(work, data, address=address_of(request))
            return as_json(
                AccountOut(
                    id=made_now.account_id,
                    email=made_now.email,
                    name=made_now.name,
                    email_verified=made_now.email_verified,
                )
            )

        return await answer_once(request, visitor, database, PublicScope(), do)

    @post("/tokens", summary="Sign in", responses=made(TokenOut, "The token."), security=[])
    async def sign_in(
        self,
        request: AppRequest,
        data: JSONBody[Credentials],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: PublicWork) -> dict[str, str]:
            token = await accounts.sign_in(work, data, kind=SignInKind.API, origin=origin_of(request))
            return {"token": token}

        return await answer_once(request, visitor, database, PublicScope(), do)

    @delete("/tokens/current", summary="Sign out", security=BEARER)
    async def sign_out(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> None:
        token, _ = bearer_token(request), visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            await accounts.sign_out(work, token)

    @get("/account", summary="One's own account", security=BEARER)
    async def own(self, visitor: NamedDependency[Visitor]) -> OwnAccountOut:
        account_id = visitor.account_id
        return OwnAccountOut(
            id=account_id,
            email=visitor.email,
            name=visitor.name,
            email_verified=visitor.email_verified,
            second_factor=visitor.has_second_factor,
            clinics=[
                ClinicOfMine(slug=one.slug, name=one.name, role=one.role, public=one.is_public)
                for one in visitor.clinics
            ],
        )

    @get("/account/sign-ins", summary="Where one is signed in", security=BEARER)
    async def sign_ins(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[SignInOut]:
        account_id = visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            found = await accounts.list_sign_ins(work, account_id, bearer_token(request))
        return listed([SignInOut.model_validate(one) for one in found])

    @delete("/account/sign-ins/{sign_in_id:uuid}", summary="Sign a device out", security=BEARER)
    async def end_sign_in(
        self,
        sign_in_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        account_id = visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            await accounts.end_sign_in(work, account_id, sign_in_id)
