"""Pages of where one is signed in."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.accounts import service as accounts
from services.kernel.errors import NotFound
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.sessions import session_token
from web.context import AppRequest, Visitor
from web.locale import gettext
from web.pages import go_to, page

_PATH = "/account/devices"


class DevicePages(Controller):
    """`/account/devices`."""

    path = _PATH

    @get()
    async def index(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        account_id = visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            found = await accounts.list_sign_ins(work, account_id, session_token(request))
        return page(
            request,
            "account/devices.html",
            here=next((one for one in found if one.current), None),
            others=[one for one in found if not one.current],
        )

    @post("/{sign_in_id:uuid}/end", status_code=303)
    async def end(
        self,
        sign_in_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        account_id = visitor.account_id
        try:
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.end_sign_in(work, account_id, sign_in_id)
        except NotFound:
            return go_to(_PATH, flash="That device is not signed in any more.", kind="info")
        return go_to(_PATH, flash="The device is signed out.")

    @post("/end-others", status_code=303)
    async def end_others(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Redirect:
        account_id = visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            ended = await accounts.end_other_sign_ins(work, account_id, session_token(request))
        words = gettext("Signed out elsewhere: {n}.").format(n=ended)
        return go_to(_PATH, flash=words if ended else gettext("Nobody was signed in elsewhere."))
