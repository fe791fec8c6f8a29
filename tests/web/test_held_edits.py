"""Sensitive edits on the pages: what waits is shown with both versions, and refused with words."""

from __future__ import annotations

import re
from uuid import UUID

import httpx

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import Database
from services.moderation import deciding
from services.moderation import service as moderation
from services.moderation.models import Decision
from services.moderation.schemas import Decide, Report
from tests.factories import PASSWORD, live_clinic, person
from tests.services.moderation.drafts import draft_clinic
from tests.web.forms import post
from tests.web.mail import sent
from workers.inline import drain


async def test_a_held_edit_is_shown_taken_back_and_refused_with_words(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    home = f"/clinic/{world.slug}"
    device = f"{home}/devices/{world.device_id}"
    form = {"maker": "Crown Aesthetics", "model": "SkinPen 2", "modality": "pen", "clearance": "FDA K202243"}
    given = {**form, "location_id": str(world.location_id), "single_use_cartridges": "true"}
    assert (await post(http, device, given, device)).status_code == 303
    for path in (home, device):
        shown = (await http.get(path)).text
        assert re.search(r"<del[^>]*>SkinPen Precision</del>.*<ins[^>]*>SkinPen 2</ins>", shown, re.DOTALL)
    assert "with our moderators" in shown or "Waiting for a moderator" in shown
    back = re.search(rf'action="({home}/held-edits/[0-9a-f-]+/withdraw)"', shown)
    assert back
    assert (await post(http, back[1], {}, home)).status_code == 303
    assert "SkinPen 2" not in (await http.get(home)).text
    await post(http, device, given, device)
    await drain(database, MailboxOnly())
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        case = next(one for one in await moderation.list_clinic_cases(work) if one.decision is None)
        words = Decide(
            decision=Decision.REJECT, reason="device_not_cleared", message="It has another number."
        )
        await deciding.decide(work, case.id, words)
    refused = (await http.get(home)).text
    assert "Your change of Crown Aesthetics SkinPen Precision was not accepted" in refused
    assert "It has another number." in refused


async def decide_about(database: Database, clinic_id: UUID, words: Decide) -> None:
    """Another person decides the clinic's one open case."""
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(clinic_id, by)) as work:
        case = next(one for one in await moderation.list_clinic_cases(work) if one.decision is None)
        await deciding.decide(work, case.id, words)


async def test_the_home_page_says_what_the_moderator_wrote_and_how_to_appeal(
    http: httpx.AsyncClient, database: Database
) -> None:
    draft = await draft_clinic(database)
    async with database.begin(draft.scope) as work:
        await moderation.submit_clinic(work)
        (owner,) = await clinics.list_owners(work)
        address = (await clinics.get_clinic(work)).email
    words = {
        "decision": "request_changes",
        "reason": "evidence_unreadable",
        "message": "The scan of the licence is cut off.",
        "changes": [{"field": "sterilisation_protocol", "message": "Say which cartridges."}],
    }
    await decide_about(database, draft.scope.clinic_id, Decide.model_validate(words))
    (letter,) = await sent(database, address, "moderation.decided")
    assert "To change: Say which cartridges." in letter.text
    await post(http, "/sign-in", {"email": owner.email, "password": PASSWORD})
    home = (await http.get(f"/clinic/{draft.slug}")).text
    assert "The scan of the licence is cut off." in home
    assert "Evidence cannot be read" in home
    assert "Say which cartridges." in home
    appeal = re.search(r'href="[^"]*(/appeals/[^"]+)"', home)
    assert appeal
    assert (await http.get(appeal[1])).status_code == 200


async def test_a_suspended_clinic_reads_why_on_its_home_page(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        given = Report(slug=world.slug, reason="unsafe", text="An open drawer.")
        await moderation.report(work, given)
    words = Decide(decision=Decision.SUSPEND, reason="danger_to_clients", message="Close the drawer.")
    await decide_about(database, world.clinic_id, words)
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    home = (await http.get(f"/clinic/{world.slug}")).text
    assert "Clients may be in danger" in home
    assert "Close the drawer." in home


async def test_requested_changes_stand_at_their_fields_and_on_their_pages(
    http: httpx.AsyncClient, database: Database
) -> None:
    draft = await draft_clinic(database)
    points = [
        {"field": "sterilisation_protocol", "message": "Say how cartridges are thrown away."},
        {"field": "devices", "message": "Give the clearance number."},
    ]
    async with database.begin(draft.scope) as work:
        await clinics.mark_submitted(work)
        await clinics.request_changes(work, points)
        (owner,) = await clinics.list_owners(work)
    await post(http, "/sign-in", {"email": owner.email, "password": PASSWORD})
    profile = (await http.get(f"/clinic/{draft.slug}/profile")).text
    assert 'id="sterilisation_protocol-asked"' in profile
    assert 'aria-describedby="sterilisation_protocol-asked sterilisation_protocol-hint"' in profile
    assert "A moderator asks: Say how cartridges are thrown away." in profile
    for page, said in (
        ("devices", True),
        ("locations", False),
        ("practitioners", False),
        ("treatments", False),
    ):
        shown = (await http.get(f"/clinic/{draft.slug}/{page}")).text
        assert ("Give the clearance number." in shown) is said


async def test_the_api_lists_and_takes_back_what_waits(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    base = f"/manage/{world.slug}"
    answer = await api.patch(base, json={"name": "Oak Skin"}, headers=world.bearer)
    assert (answer.status_code, answer.json()["name"]) == (200, "Linden Skin")
    (held,) = (await api.get(f"{base}/held-edits", headers=world.bearer)).json()["items"]
    assert (held["before"], held["after"]) == ({"name": "Linden Skin"}, {"name": "Oak Skin"})
    path = f"{base}/held-edits/{held['id']}"
    assert (await api.delete(path, headers=world.bearer)).status_code == 204
    async with database.begin(world.scope) as work:
        assert await clinics.list_held_edits(work) == []
