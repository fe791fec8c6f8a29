"""What people who are no moderators see of moderation: an appeal's page, a flagged review, a suspended clinic."""

from __future__ import annotations

import re

import httpx

from infra.platform.mail import MailboxOnly
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from services.moderation import service as moderation
from services.moderation.deciding import decide
from services.moderation.schemas import Decide, Report
from services.notices import service as notices
from tests.factories import PASSWORD, World, live_clinic
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import moderator
from tests.services.reviews.test_reviews import review, write
from tests.web.booking_api import book, key, times
from tests.web.conftest import BASE
from workers.inline import drain


async def _suspended(database: Database, world: World) -> str:
    """Suspends the clinic after a report; gives the path of the appeal in the message."""
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        case = await moderation.report(work, Report(slug=world.slug, reason="unsafe", text="A drawer."))
    someone = await moderator(database)
    async with database.begin(someone.scope(world.clinic_id)) as work:
        words = "The drawer was open."
        await decide(work, case.id, Decide(decision="suspend", reason="hygiene_not_shown", message=words))
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        message = (await notices.list_sent(work, limit=1))[0]
    found = re.search(r"(/appeals/\S+)", message.text)
    assert found is not None
    return found[1]


def _token(page: httpx.Response) -> dict[str, str]:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return {"_csrf_token": found[1]}


async def test_an_appeal_is_written_on_the_page_of_its_link(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    path = await _suspended(database, world)
    page = await http.get(path)
    assert page.status_code == 200
    assert "The drawer was open." in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    empty = await http.post(path, data={**_token(page), "text": " "})
    assert empty.status_code == 422
    sent = await http.post(path, data={**_token(page), "text": "It was being cleaned."})
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    after = await http.get(path)
    assert "We have your appeal" in after.text
    assert f'action="{path}"' not in after.text
    again = await http.post(path, data={**_token(page), "text": "It was being cleaned."})
    assert again.status_code == 409
    assert (await http.get(path[:-3] + "abc")).status_code == 404


async def test_a_suspended_clinic_is_gone_by_every_road_and_its_bookings_stay(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    free = await times(api, clock, world)
    kept = (await book(api, world, free[0]["starts_at"])).json()
    await drain(database, MailboxOnly())
    mine = f"{BASE}/bookings/{kept['reference']}?token={kept['manage_token']}"
    assert "This clinic is not listed at present" not in (await http.get(mine)).text
    await _suspended(database, world)

    assert (await api.get("/search", params={"concern": "acne_scars"})).json()["items"] == []
    found = {
        path: (await api.get(f"/clinics/{world.slug}{path}")).status_code
        for path in ("", "/treatments", "/reviews")
    }
    pages = (f"/c/{world.slug}", f"/c/{world.slug}/book/{world.treatment_id}", f"/c/{world.slug}/report")
    found |= {path: (await http.get(BASE + path)).status_code for path in pages}
    assert set(found.values()) == {404}
    assert "Linden Skin" not in (await http.get(f"{BASE}/compare?clinic={world.slug}")).text
    assert "Linden Skin" not in (await http.get(f"{BASE}/search?q=Linden")).text.replace("q=Linden", "")
    assert (await book(api, world, free[4]["starts_at"])).status_code == 404

    page = await http.get(mine)
    assert "This clinic is not listed at present" in page.text
    assert "/reschedule" not in page.text
    headers = {"X-Manage-Token": kept["manage_token"]}
    path = f"/bookings/{kept['reference']}"
    assert (await api.get(path, headers=headers)).json()["status"] == "confirmed"
    moved = await api.post(f"{path}/reschedule", json={"starts_at": free[3]["starts_at"]}, headers=headers)
    assert (moved.status_code, moved.json()["type"].rpartition("/")[2]) == (409, "clinic-not-listed")
    other_times = await http.get(mine.replace("?", "/reschedule?"))
    assert (other_times.status_code, 'name="starts_at"' in other_times.text) == (409, False)
    assert (await api.post(f"{path}/cancel", headers=headers)).json()["status"] == "cancelled"


async def test_a_clinic_asks_the_moderators_about_a_review_by_page_and_by_api(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    review_id = await write(database, clock, world, review(1, 1, 1, 1, 1, text="Never again."))
    sign_in = await http.get("/sign-in")
    given = {"email": world.owner.email, "password": PASSWORD}
    assert (await http.post("/sign-in", data={**_token(sign_in), **given})).status_code == 303
    base = f"/clinic/{world.slug}/reviews"
    assert f"{base}/{review_id}/flag" in (await http.get(base)).text
    page = await http.get(f"{base}/{review_id}/flag")
    assert "Never again." in page.text
    bad = await http.post(f"{base}/{review_id}/flag", data={**_token(page), "text": "Nobody was here."})
    assert (bad.status_code, "Nobody was here." in bad.text) == (422, True)
    form = {**_token(page), "reason": "fake_review", "text": "Nobody was here."}
    assert (await http.post(f"{base}/{review_id}/flag", data=form)).status_code == 303
    path = f"/manage/{world.slug}/reviews/{review_id}/flag"
    body = {"reason": "fake_review", "text": "Nobody was here."}
    again = await api.post(path, json=body, headers=world.bearer | key())
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "already-flagged")
    unknown = await api.post(path, json=body | {"reason": "unfair"}, headers=world.bearer)
    assert unknown.status_code == 422


async def test_a_case_is_taken_and_given_back_on_its_page(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        case = await moderation.report(work, Report(slug=world.slug, reason="unsafe", text="A drawer."))
    someone = await moderator(database)
    http.cookies.set("needlewise_session", someone.session)
    queue = await http.get("/admin/cases?kind=public_report")
    assert f"/admin/cases/{case.id}" in queue.text
    assert f"/admin/cases/{case.id}" not in (await http.get("/admin/cases?kind=appeal")).text
    page = await http.get(f"/admin/cases/{case.id}")
    assert 'data-key="c"' in page.text
    assert (await http.post(f"/admin/cases/{case.id}/claim", data=_token(page))).status_code == 303
    assert 'data-key="r"' in (await http.get(f"/admin/cases/{case.id}")).text
    back = await http.post(f"/admin/cases/{case.id}/release", data=_token(page))
    assert back.headers["location"] == "/admin/cases"
    assert f"/admin/cases/{case.id}" in (await http.get("/admin/cases?state=open")).text
