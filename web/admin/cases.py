"""The moderators' pages: the queue, a case with everything on one page, its evidence, the decision, the audit."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.scope import Actor, ClinicScope, PlatformScope
from services.kernel.work import Database
from services.moderation import service as moderation
from services.moderation.case_page import get_case_page
from services.moderation.deciding import decide, look_at_evidence
from services.moderation.models import CaseKind, CaseState
from services.moderation.schemas import (
    CASE_KINDS,
    DECISIONS,
    REASONS,
    REPORT_REASONS,
    CaseQuery,
    Decide,
    decision_name,
    decisions_of,
    reasons_of,
)
from web.admin.nav import admin_page
from web.clinic.pictures import shown_at
from web.context import AppRequest, Visitor, moderator_actor
from web.forms import Form, check, read_form, typed_words
from web.pages import go_to

POINTS = 5
_QUEUE = PlatformScope("moderators see the queue of all clinics")
SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'; sandbox"

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Settings_ = NamedDependency[Settings]


async def scope_of(database: Database, case_id: UUID, by: Actor) -> ClinicScope:
    """The scope of the clinic that a case is about, for a moderator. Raises `NotFound`."""
    async with database.begin(PlatformScope("a moderator opens a case of any clinic", by)) as work:
        return ClinicScope(await moderation.find_clinic_of_case(work, case_id), by)


class CasePages(Controller):
    """`/admin`: for moderators with a second factor."""

    path = "/admin"

    @get()
    async def home(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[str]:
        """How the queue stands, and what is due first."""
        moderator_actor(visitor, settings)
        async with database.begin(_QUEUE) as work:
            figures = await moderation.get_figures(work)
            waiting = await moderation.list_cases(work, CaseQuery(state=CaseState.OPEN, limit=5))
            claimed = await moderation.list_cases(work, CaseQuery(state=CaseState.CLAIMED, limit=50))
            decided = await moderation.list_cases(work, CaseQuery(state=CaseState.DECIDED, limit=5))
        return admin_page(
            request,
            "admin/cases/home.html",
            current="home",
            waiting=figures.open,
            figures=figures,
            cases=waiting.items,
            mine=[case for case in claimed.items if case.claimed_by == visitor.account_id],
            decided=decided.items,
            names=_names(),
        )

    @get("/cases")
    async def queue(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[str]:
        """Cases by state and kind, oldest promise first; decided ones newest first."""
        moderator_actor(visitor, settings)
        params = request.query_params
        state = _one_of(CaseState, params.get("state"), CaseState.OPEN)
        kind = _one_of(CaseKind, params.get("kind"), None)
        clinic = str(params.get("clinic", "")).strip()[:120]
        query = CaseQuery(state=state, kind=kind, clinic=clinic, cursor=params.get("cursor"), limit=25)
        async with database.begin(_QUEUE) as work:
            figures = await moderation.get_figures(work)
            found = await moderation.list_cases(work, query)
        chosen = {"kind": kind.value if kind else "", "clinic": clinic}
        keep = {"state": state.value} | {name: value for name, value in chosen.items() if value}
        return admin_page(
            request,
            "admin/cases/queue.html",
            current="decided" if state is CaseState.DECIDED else "queue",
            waiting=figures.open,
            figures=figures,
            cases=found.items,
            case_state=state.value,
            kind=chosen["kind"],
            clinic_name=clinic,
            next_url=f"/admin/cases?{urlencode({**keep, 'cursor': found.next})}" if found.next else None,
            start_url=f"/admin/cases?{urlencode(keep)}" if query.cursor else None,
            names=_names(),
        )

    @get("/cases/{case_id:uuid}")
    async def case(
        self,
        request: AppRequest,
        case_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[str]:
        """Everything that a decision needs, on one page."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        form = Form({"checked_against": "evidence uploaded"})
        return await _case_page(request, database, scope, case_id, form)

    @get("/cases/{case_id:uuid}/evidence/{evidence_id:uuid}")
    async def evidence(
        self,
        case_id: FromPath[UUID],
        evidence_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[bytes]:
        """A private file, shown in the browser under a policy that lets it do nothing. Each look is recorded."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            found, content = await look_at_evidence(work, case_id, evidence_id)
        headers = {
            "Content-Security-Policy": SANDBOX,
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(found.filename)}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
        return Response(content, media_type=found.content_type, headers=headers)

    @post("/cases/{case_id:uuid}/claim")
    async def claim(
        self, case_id: FromPath[UUID], database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[Any]:
        """Takes the case, so that no other moderator decides it."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            await moderation.claim(work, case_id)
        return go_to(f"/admin/cases/{case_id}", flash="The case is yours.")

    @post("/cases/{case_id:uuid}/release")
    async def release(
        self, case_id: FromPath[UUID], database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[Any]:
        """Gives the case back to the queue, for any moderator."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            await moderation.release(work, case_id)
        return go_to("/admin/cases", flash="The case is back in the queue.")

    @post("/cases/{case_id:uuid}/decision", status_code=200)
    async def decision(
        self,
        request: AppRequest,
        case_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[Any]:
        """Decides; what is refused is said on the case's page, with everything typed still there."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        form = await read_form(request)
        try:
            given = check(form, Decide, changes=points_of(form))
            async with database.begin(scope) as work:
                case = await decide(work, case_id, given)
        except InvalidFields as refusal:
            return await _case_page(request, database, scope, case_id, form.reject(refusal))
        except Refusal as refusal:
            form.errors["form"] = refusal.text
            return await _case_page(request, database, scope, case_id, form, status=refusal.status)
        words = f"{case.title}: {decision_name(case.decision or '', case.kind)}."
        return go_to("/admin/cases", flash=words)

    @post("/cases/{case_id:uuid}/again", status_code=200)
    async def again(
        self,
        request: AppRequest,
        case_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[Any]:
        """Opens another case about the same clinic, on the moderator's own initiative."""
        scope = await scope_of(database, case_id, moderator_actor(visitor, settings))
        form = await read_form(request)
        try:
            async with database.begin(scope) as work:
                case = await moderation.open_own_case(work, typed_words(form, "text"))
        except InvalidFields as refusal:
            return await _case_page(request, database, scope, case_id, form.reject(refusal))
        return go_to(f"/admin/cases/{case.id}", flash="A new case is open.")


async def _case_page(
    request: AppRequest,
    database: Database,
    scope: ClinicScope,
    case_id: UUID,
    form: Form,
    *,
    status: int | None = None,
) -> Response[str]:
    async with database.begin(scope) as work:
        case = await get_case_page(work, case_id)
        people = {one for one in (case.claimed_by, case.decided_by) if one is not None}
        known = await accounts.list_accounts(work, people)
    return admin_page(
        request,
        "admin/cases/case.html",
        current="decided" if case.decision else "queue",
        status=status or (422 if form.errors else 200),
        case=case,
        pictures=[shown_at(f"/admin/cases/{case_id}", picture) for picture in case.pictures],
        form=form,
        me=scope.by.account_id,
        moderators={key: account.name for key, account in known.items()},
        decision_choices=[
            (str(one.code), one.name) for one in decisions_of(case.kind) if one.code in case.possible
        ],
        reason_choices=[
            (reason.code, reason.name, " ".join(reason.decisions))
            for reason in reasons_of(case.kind)
            if set(reason.decisions) & set(case.possible)
        ],
        field_choices=list(_names()["fields"].items()),
        points=range(1, POINTS + 1),
        names=_names(),
    )


def points_of(form: Form) -> list[dict[str, str]]:
    """The points of requested changes that were filled in: `field_1` with `message_1`, and so on."""
    found = []
    for number in range(1, POINTS + 1):
        field = str(form.values.get(f"field_{number}", ""))
        message = str(form.values.get(f"message_{number}", ""))
        if message:
            found.append({"field": field or "clinic", "message": message})
    return found


def _one_of(kind: Any, given: str | None, otherwise: Any) -> Any:
    return kind(given) if given in {one.value for one in kind} else otherwise


def _names() -> dict[str, dict[str, str]]:
    return {
        "decisions": {decision.code: decision.past for decision in DECISIONS},
        "reasons": {reason.code: reason.name for reason in REASONS},
        "reports": dict(REPORT_REASONS),
        "kinds": dict(CASE_KINDS),
        "fields": {
            "description": "Profile and description",
            "sterilisation_protocol": "Sterile working",
            "locations": "Locations and hours",
            "devices": "Devices",
            "practitioners": "Practitioners",
            "credentials": "Credentials and evidence",
            "treatments": "Treatments and prices",
            "business": "Business papers",
            "clinic": "The clinic as a whole",
        },
    }
