"""The team's page and the link of an invitation, as a browser without JavaScript uses them; and the same by API."""

from __future__ import annotations

import re

import httpx

from infra.platform.mail import MailboxOnly
from services.clinics.rules import PERMISSION_NAMES, PERMISSIONS
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from tests.web import people
from tests.web.forms import post
from tests.web.test_clinic_setup_pages import HOME, owner, sign_in, sign_up
from workers.inline import drain

__all__ = ["owner"]
TEAM = f"{HOME}/team"


async def _link(database: Database, to: str) -> str:
    """The path of the newest invitation that went to the address."""
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = await notices.list_sent(work, to)
    found = [re.search(r"/invitations/\S+", message.text) for message in sent]
    return next(match[0] for match in found if match)


async def test_the_page_shows_what_each_role_may_do(owner: httpx.AsyncClient) -> None:
    shown = (await owner.get(TEAM)).text
    rows = re.findall(r'<th scope="row"[^>]*>([^<]+)</th>(.*?)</tr>', shown, re.DOTALL)
    assert [name.replace("&#39;", "'") for name, _ in rows] == list(PERMISSION_NAMES.values())
    for code, (_, cells) in zip(PERMISSION_NAMES, rows, strict=True):
        shown_to = ['aria-label="yes"' in cell for cell in cells.split("</td>")[:-1]]
        assert shown_to == [
            code in PERMISSIONS[role] for role in ("owner", "manager", "practitioner", "front_desk")
        ]


async def test_an_invited_person_signs_up_and_joins(owner: httpx.AsyncClient, database: Database) -> None:
    wrong = await post(owner, TEAM, {"email": "bo@", "role": "manager"})
    assert (wrong.status_code, 'value="bo@"' in wrong.text) == (422, True)
    assert (await post(owner, TEAM, {"email": "bo@example.com", "role": "front_desk"})).status_code == 303
    assert "bo@example.com" in (await owner.get(TEAM)).text
    link = await _link(database, "bo@example.com")
    refused = (await owner.get(link)).text
    assert "You are signed in as ana@example.com" in refused
    assert (await post(owner, link, {}, TEAM)).status_code == 403
    owner.cookies.clear()
    found = re.search(r'href="(/sign-up\?next=[^"]+)"', (await owner.get(link)).text)
    assert found
    joined = {"name": "Bo", "email": "bo@example.com", "password": people.PASSWORD, "next": link}
    assert (await post(owner, "/sign-up", joined)).headers["location"] == link
    assert (await post(owner, link, {})).headers["location"] == HOME
    assert (await owner.get(HOME)).status_code == 200
    assert (await owner.get(TEAM)).status_code == 403
    assert (await owner.get(link)).status_code == 404


async def test_an_invitation_is_sent_again_and_withdrawn_by_page(
    owner: httpx.AsyncClient, database: Database
) -> None:
    await post(owner, TEAM, {"email": "bo@example.com", "role": "manager"})
    first = await _link(database, "bo@example.com")
    action = re.search(rf'action="({TEAM}/invitations/[0-9a-f-]+)"', (await owner.get(TEAM)).text)
    assert action
    assert (await post(owner, action[1], {}, TEAM)).status_code == 303
    second = await _link(database, "bo@example.com")
    assert [(await owner.get(path)).status_code for path in (first, second)] == [404, 200]
    assert (await post(owner, action[1], {"withdraw": "true"}, TEAM)).status_code == 303
    assert (await owner.get(second)).status_code == 404


async def test_roles_change_and_the_last_owner_stays(owner: httpx.AsyncClient, database: Database) -> None:
    await post(owner, f"{HOME}/practitioners/new", {"name": "Bo Berg"})
    await post(owner, TEAM, {"email": "bo@example.com", "role": "manager"})
    link = await _link(database, "bo@example.com")
    await sign_up(owner, "bo@example.com", "Bo")
    await post(owner, link, {})
    await sign_in(owner, "ana@example.com")
    shown = (await owner.get(TEAM)).text
    own, other = re.findall(rf'action="({TEAM}/[0-9a-f-]{{36}})"', shown)
    person = re.search(r'<option value="([0-9a-f-]{36})">Bo Berg', shown)
    assert person
    assert (await post(owner, own, {"remove": "true"}, TEAM)).status_code == 303
    assert "keeps at least one owner" in (await owner.get(TEAM)).text
    change = {"role": "practitioner", "practitioner_id": person[1]}
    assert (await post(owner, other, change, TEAM)).status_code == 303
    assert f'<option value="{person[1]}" selected>' in (await owner.get(TEAM)).text
    await post(owner, other, {"role": "practitioner", "practitioner_id": ""}, TEAM)
    assert f'<option value="{person[1]}" selected>' not in (await owner.get(TEAM)).text
    assert (await post(owner, other, {"remove": "true"}, TEAM)).status_code == 303
    assert "bo@example.com" not in (await owner.get(TEAM)).text


async def test_the_same_by_api(api: httpx.AsyncClient, database: Database) -> None:
    ana = await people.sign_up(api, "ana@example.com")
    slug = await people.begin_clinic(api, ana)
    base = f"/manage/{slug}/team/invitations"
    body = {"email": "bo@example.com", "role": "practitioner"}
    made = await api.post(base, json=body, headers=ana)
    assert (made.status_code, made.json()["email"]) == (201, "bo@example.com")
    assert people.fields(await api.post(base, json=body, headers=ana)) == [("email", "taken")]
    one = f"{base}/{made.json()['id']}"
    assert (await api.post(f"{one}/send", headers=ana)).json()["sent"] == 2
    assert [item["sent"] for item in (await api.get(base, headers=ana)).json()["items"]] == [2]
    join = (await _link(database, "bo@example.com")).strip()
    bo = await people.sign_up(api, "bo@example.com", "Bo")
    assert (await api.post(join)).status_code == 401
    joined = await api.post(join, headers=bo)
    assert (joined.status_code, joined.json()["role"]) == (200, "practitioner")
    person = await api.post(f"/manage/{slug}/practitioners", json={"name": "Bo Berg"}, headers=ana)
    path = f"/manage/{slug}/practitioners/{person.json()['id']}/member"
    linked = await api.put(path, json={"member_id": joined.json()["id"]}, headers=ana)
    assert linked.json()["account_id"] == joined.json()["account_id"]
    assert (await api.put(path, json={"member_id": None}, headers=bo)).status_code == 403
    again = await api.post(base, json={"email": "cy@example.com", "role": "manager"}, headers=ana)
    gone = f"{base}/{again.json()['id']}"
    assert (await api.delete(gone, headers=ana)).status_code == 204
    assert (await api.delete(gone, headers=ana)).status_code == 404
