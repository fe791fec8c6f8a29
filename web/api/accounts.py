"""The API of accounts: sign up, sign in, sign out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials, NewAccount
from services.kernel.scope import PublicScope
from services.kernel.work import Database, PublicWork
from web.api.answers import BEARER, address_of, as_json, bearer_token, made
from web.context import AppRequest, Visitor
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
            agent = request.headers.get("user-agent", "")
            token = await accounts.sign_in(
                work, data, kind=SignInKind.API, user_agent=agent, address=address_of(request)
            )
            return {"token": token}

        return await answer_once(request, visitor, database, PublicScope(), do)

    @delete("/tokens/current", summary="Sign out", security=BEARER)
    async def sign_out(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> None:
        token, _ = bearer_token(request), visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            await accounts.sign_out(work, token)
