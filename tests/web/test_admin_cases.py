"""Moderators at work, by API and by pages: who may, what they see, and that a case is decided once."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.work import Database
from services.moderation import service as moderation
from services.moderation.schemas import CaseView
from tests.factories import person
from tests.services.moderation.drafts import Draft, draft_clinic, moderator

APPROVE = {"decision": "approve", "reason": "meets_requirements", "message": "Welcome."}


async def submitted(database: Database) -> tuple[Draft, CaseView]:
    draft = await draft_clinic(database)
    async with database.begin(draft.scope) as work:
        return draft, await moderation.submit_clinic(work)


async def test_an_owner_submits_by_api(api: httpx.AsyncClient, database: Database) -> None:
    draft = await draft_clinic(database)
    checklist = (await api.get(f"/manage/{draft.slug}/checklist", headers=draft.bearer)).json()
    assert (checklist["ready"], checklist["done"], checklist["total"]) == (True, 11, 11)
    assert set(checklist["items"][0]) == {"code", "title", "why", "done", "href"}
    answer = await api.post(f"/manage/{draft.slug}/submit", headers=draft.bearer)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "submitted"
    again = await api.post(f"/manage/{draft.slug}/submit", headers=draft.bearer)
    assert again.status_code == 409


async def test_an_incomplete_clinic_is_told_what_is_missing(
    api: httpx.AsyncClient, database: Database
) -> None:
    draft = await draft_clinic(database, evidence=False)
    answer = await api.post(f"/manage/{draft.slug}/submit", headers=draft.bearer)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("checklist-incomplete")
    assert answer.json()["missing"] == ["credential"]


async def test_an_unproved_address_submits_nothing(
    api: httpx.AsyncClient, database: Database, superuser: AsyncEngine
) -> None:
    draft = await draft_clinic(database)
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE account SET email_verified_at = NULL"))
    answer = await api.post(f"/manage/{draft.slug}/submit", headers=draft.bearer)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("email-not-verified")


async def test_a_strangers_clinic_is_not_found(api: httpx.AsyncClient, database: Database) -> None:
    draft = await draft_clinic(database)
    _, token = await person(database)
    other = {"Authorization": f"Bearer {token}"}
    assert (await api.get(f"/manage/{draft.slug}/checklist", headers=other)).status_code == 404
    assert (await api.post(f"/manage/{draft.slug}/submit", headers=other)).status_code == 404
    assert (await api.get(f"/manage/{draft.slug}/checklist")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/cases"),
        ("GET", "/admin/audit"),
        ("GET", "/admin/cases/{id}"),
        ("POST", "/admin/cases/{id}/claim"),
        ("POST", "/admin/cases/{id}/decision"),
    ],
)
async def test_only_moderators_with_a_second_factor_come_in(
    api: httpx.AsyncClient, database: Database, superuser: AsyncEngine, method: str, path: str
) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    address = path.format(id=case.id)
    assert (await api.request(method, address, json=APPROVE)).status_code == 401
    assert (await api.request(method, address, json=APPROVE, headers=draft.bearer)).status_code == 403
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE sign_in SET second_factor = false"))
    assert (await api.request(method, address, json=APPROVE, headers=someone.bearer)).status_code == 403


async def test_a_moderator_decides_by_api_once(api: httpx.AsyncClient, database: Database) -> None:
    draft, case = await submitted(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    queue = (await api.get("/admin/cases?state=open&kind=new_listing", headers=first.bearer)).json()
    assert [item["id"] for item in queue["items"]] == [str(case.id)]
    page = (await api.get(f"/admin/cases/{case.id}", headers=first.bearer)).json()
    assert page["clinic"]["slug"] == draft.slug
    assert page["possible"] == ["approve", "request_changes", "reject"]
    claimed = await api.post(f"/admin/cases/{case.id}/claim", headers=first.bearer)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    for path in ("claim", "decision"):
        refused = await api.post(f"/admin/cases/{case.id}/{path}", json=APPROVE, headers=second.bearer)
        assert refused.status_code == 409
    decided = await api.post(f"/admin/cases/{case.id}/decision", json=APPROVE, headers=first.bearer)
    assert (decided.status_code, decided.json()["decision"]) == (200, "approve")
    again = await api.post(f"/admin/cases/{case.id}/decision", json=APPROVE, headers=first.bearer)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "already-decided")
    assert (await api.get(f"/clinics/{draft.slug}")).status_code == 200
    audit = (await api.get("/admin/audit?limit=100", headers=first.bearer)).json()
    assert {"case.opened", "case.claimed", "case.decided"} <= {item["action"] for item in audit["items"]}


async def test_a_moderator_is_refused_the_case_of_their_own_clinic(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    async with database.begin(draft.scope) as work:
        await clinics.add_member(work, NewMember(email="mo@example.test", role=Role.MANAGER))
    for path in ("claim", "decision"):
        refused = await api.post(f"/admin/cases/{case.id}/{path}", json=APPROVE, headers=someone.bearer)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "own-clinic")
        assert "another moderator decides" in refused.json()["detail"]
    http.cookies.set("needlewise_session", someone.session)
    page = await http.get(f"/admin/cases/{case.id}")
    assert "You work for this clinic, so another moderator decides its cases." in page.text
    assert f'action="/admin/cases/{case.id}/decision"' not in page.text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    sent = await http.post(
        f"/admin/cases/{case.id}/decision", data={**APPROVE, "_csrf_token": token[1], "changes": ""}
    )
    assert sent.status_code == 403
    assert (await api.get(f"/clinics/{draft.slug}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"decision": "bless", "reason": "other", "message": "x"}, "decision"),
        ({"decision": "approve", "reason": "because", "message": "x"}, "reason"),
        ({"decision": "reject", "reason": "other", "message": ""}, "message"),
        ({"decision": "approve"}, "reason"),
    ],
)
async def test_a_bad_decision_changes_nothing(
    api: httpx.AsyncClient, database: Database, body: dict[str, str], field: str
) -> None:
    _, case = await submitted(database)
    someone = await moderator(database)
    answer = await api.post(f"/admin/cases/{case.id}/decision", json=body, headers=someone.bearer)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    shown = (await api.get(f"/admin/cases/{case.id}", headers=someone.bearer)).json()
    assert shown["state"] == "open"


async def test_unknown_cases_are_not_found(api: httpx.AsyncClient, database: Database) -> None:
    someone = await moderator(database)
    for method, rest in (("GET", ""), ("POST", "/claim"), ("POST", "/decision")):
        answer = await api.request(
            method, f"/admin/cases/{uuid4()}{rest}", json=APPROVE, headers=someone.bearer
        )
        assert answer.status_code == 404
    assert (await api.get("/admin/cases?state=sleeping", headers=someone.bearer)).status_code == 422


async def test_pages_show_a_case_and_its_evidence_and_decide_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    http.cookies.set("needlewise_session", someone.session)
    for path in ("/admin", "/admin/cases", "/admin/cases?state=decided", "/admin/audit"):
        assert (await http.get(path)).status_code == 200
    sifted = await http.get("/admin/audit?action=case.opened&from_on=2020-01-01")
    assert (sifted.text.count(">case.opened</code>"), "clinic.standing" in sifted.text) == (1, False)
    bad_day = await http.get("/admin/audit?from_on=yesterday")
    assert (bad_day.status_code, "yesterday" in bad_day.text) == (422, True)
    named = (await http.get("/admin/cases?clinic=linden")).text
    assert f"/admin/cases/{case.id}" in named
    assert "/admin/cases?state=decided&amp;clinic=linden" in named
    assert f"/admin/cases/{case.id}" not in (await http.get("/admin/cases?clinic=Rosewood")).text
    page = await http.get(f"/admin/cases/{case.id}")
    assert page.status_code == 200
    assert "What was set up" in page.text
    assert "Credential added" in page.text
    assert "credential.add" not in page.text
    assert 'data-fits="decision"' in page.text
    for reason, decisions in (("meets_requirements", "approve"), ("evidence_unreadable", "request_changes")):
        assert f'<option value="{reason}" data-for="{decisions}">' in page.text
    evidence = f"/admin/cases/{case.id}/evidence/{draft.evidence_id}"
    assert evidence in page.text
    file = await http.get(evidence)
    assert (file.status_code, file.headers["content-type"]) == (200, "application/pdf")
    assert "sandbox" in file.headers["content-security-policy"]
    assert file.headers["content-disposition"].startswith("inline")
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    token = {"_csrf_token": found[1]}
    taken = await http.post(f"/admin/cases/{case.id}/claim", data=token)
    assert taken.status_code == 303
    form = {**token, "decision": "request_changes", "reason": "", "message_1": "Say the clearance."}
    bad = await http.post(f"/admin/cases/{case.id}/decision", data=form)
    assert bad.status_code == 422
    assert "Say the clearance." in bad.text
    form |= {"reason": "device_not_cleared", "field_1": "devices"}
    good = await http.post(f"/admin/cases/{case.id}/decision", data=form)
    assert (good.status_code, good.headers["location"]) == (303, "/admin/cases")
    late = await http.post(f"/admin/cases/{case.id}/decision", data=form)
    assert late.status_code == 409
    for words in ("", "a\x00b"):
        again = await http.post(f"/admin/cases/{case.id}/again", data={**token, "text": words})
        assert again.status_code == 422
    again = await http.post(f"/admin/cases/{case.id}/again", data={**token, "text": "A newspaper wrote."})
    assert again.status_code == 303
    assert (await http.get(again.headers["location"])).status_code == 200


async def test_pages_are_closed_to_others(http: httpx.AsyncClient, database: Database) -> None:
    assert (await http.get("/admin")).status_code in {302, 303}
    _, case = await submitted(database)
    assert (await http.get(f"/admin/cases/{case.id}/evidence/{uuid4()}")).status_code in {302, 303}
