"""The page of business papers, as a browser without JavaScript uses it, and the same by the API."""

from __future__ import annotations

import re

import httpx

from infra.platform.mail import MailboxOnly
from services.clinics import proofs
from services.clinics import service as clinics
from services.clinics.models import ProofKind, Role
from services.clinics.schemas import NewMember
from services.kernel.work import Database
from services.moderation import service as moderation
from tests.factories import PASSWORD, live_clinic, person
from tests.services.clinics.papers import prove_business
from tests.services.moderation.drafts import moderator
from tests.services.practitioners.papers import pdf
from tests.web.forms import post
from tests.web.people import begin_clinic, fields, sign_up
from workers.inline import drain

STATED = {"registration_number": "0803512345", "registration_issuer": "Texas Secretary of State"}
INSURED = {
    "insurance_number": "POL-88-1",
    "insurance_issuer": "Lone Star Mutual",
    "insurance_valid_until": "2099-12-31",
}


async def _send(
    http: httpx.AsyncClient, page: str, data: dict[str, str], files: dict[str, tuple[str, bytes]]
) -> httpx.Response:
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await http.get(page)).text)
    assert token
    return await http.post(page, data={**data, "_csrf_token": token[1]}, files=files)


async def test_the_papers_are_kept_each_on_its_own(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    page = f"/clinic/{world.slug}/business"
    assert "file missing" not in (await http.get(page)).text
    half = {**STATED, "insurance_number": "POL-88-1"}
    files = {"registration_file": ("paper.pdf", pdf()), "insurance_file": ("policy.exe", pdf())}
    answer = await _send(http, page, half, files)
    assert answer.status_code == 422
    assert "Issued by: fill this in." in answer.text
    assert "Choose the file again" in answer.text
    assert 'value="POL-88-1"' in answer.text  # nothing typed is lost
    assert "paper.pdf" in answer.text  # and the other paper is kept
    ended = await _send(http, page, {**INSURED, "insurance_valid_until": "2020-01-01"}, {})
    assert "This day is over. Enter the renewed one." in ended.text
    bad = await _send(http, page, INSURED, {"insurance_file": ("policy.pdf", b"MZ")})
    assert (bad.status_code, "not a whole PDF, JPEG or PNG" in bad.text) == (422, True)
    assert "file missing" in (await http.get(page)).text
    assert (await _send(http, page, INSURED, {"insurance_file": ("policy.pdf", pdf())})).status_code == 303
    shown = (await http.get(page)).text
    assert shown.count("waiting for the check") == 2
    file = re.search(rf'href="({page}/insurance/files/[0-9a-f-]+)"', shown)
    assert file
    got = await http.get(file[1])
    assert (got.content, got.headers["content-type"]) == (pdf(), "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment")
    assert (await http.get(file[1].replace("/insurance/", "/registration/"))).status_code == 404
    assert (await http.get(file[1].replace("/insurance/", "/fame/"))).status_code == 404
    assert (await post(http, f"{file[1]}/delete", {}, page)).status_code == 303
    assert (await post(http, f"{page}/insurance/delete", {}, page)).status_code == 303
    assert "policy.pdf" not in (await http.get(page)).text


async def test_clients_read_one_line_and_a_change_that_waits_is_shown(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    public, line = f"/c/{world.slug}", "Business and insurance checked by Needlewise on"
    async with database.begin(world.scope) as work:
        await prove_business(work)
    assert line not in (await http.get(public)).text
    async with database.begin(world.scope) as work:
        for proof in await proofs.list_proofs(work):
            await proofs.verify_proof(work, proof.id)
    shown = (await http.get(public)).text
    assert line in shown
    assert "POL-88-1" not in shown
    assert "Lone Star" not in shown
    assert "checked" in (await http.get(f"/compare?clinic={world.slug}")).text
    assert "Empresa y seguro comprobados por Needlewise el" in (await http.get(f"/es{public}")).text
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    page = f"/clinic/{world.slug}/business"
    sent = await _send(http, page, {**INSURED, "insurance_number": "POL-99"}, {})
    assert sent.status_code == 303
    shown = (await http.get(page)).text
    assert re.search(r"<del[^>]*>POL-88-1</del>.*<ins[^>]*>POL-99</ins>", shown, re.DOTALL)
    assert 'value="POL-88-1"' in shown


async def test_the_front_desk_sees_no_papers(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    desk, token = await person(database, "Dee Desk", "dee@example.test")
    async with database.begin(world.scope) as work:
        await prove_business(work)
        await clinics.add_member(work, NewMember(email=desk.email, role=Role.FRONT_DESK))
    await post(http, "/sign-in", {"email": desk.email, "password": PASSWORD})
    assert (await http.get(f"/clinic/{world.slug}/business")).status_code == 403
    path, header = f"/manage/{world.slug}/proofs", {"Authorization": f"Bearer {token}"}
    assert (await api.get(path, headers=header)).status_code == 403
    assert (await api.get(f"{path}/insurance", headers=header)).status_code == 403


async def test_a_moderator_sees_them_with_their_files(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await prove_business(work)
        file = (await proofs.get_proof(work, ProofKind.INSURANCE)).evidence[0]
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        cases = {case.detail["proof"]: case for case in await moderation.list_clinic_cases(work)}
    someone = await moderator(database)
    path = f"/admin/cases/{cases['Insurance'].id}"
    page = (await http.get(path, headers=someone.cookies)).text
    assert "Insurance: waits for its check" in page
    assert f"{path}/evidence/{file.id}" in page
    assert "POL-88-1" in page
    looked = await http.get(f"{path}/evidence/{file.id}", headers=someone.cookies)
    assert (looked.content, looked.headers["content-disposition"][:6]) == (pdf(), "inline")
    queue = (await http.get("/admin/cases?kind=proof", headers=someone.cookies)).text
    assert "Registration of the business" in queue


async def test_the_api_states_changes_and_removes_a_paper(api: httpx.AsyncClient, database: Database) -> None:
    ana = await sign_up(api, "ana@example.test")
    path = f"/manage/{await begin_clinic(api, ana)}/proofs"
    wrong = await api.put(f"{path}/insurance", json={"number": "", "issuer": "X" * 121}, headers=ana)
    assert fields(wrong) == [("number", "missing"), ("issuer", "too-long")]
    ended = {"number": "1", "issuer": "X", "valid_until": "2020-01-01"}
    assert fields(await api.put(f"{path}/insurance", json=ended, headers=ana)) == [("valid_until", "in-past")]
    upload = {"file": ("a.pdf", pdf(), "application/pdf")}
    assert (await api.post(f"{path}/premises/evidence", files=upload, headers=ana)).status_code == 404
    stated = {"number": "1", "issuer": "Edinburgh", "valid_until": "2099-01-01"}
    assert (await api.put(f"{path}/premises", json=stated, headers=ana)).status_code == 200
    kept = await api.post(f"{path}/premises/evidence", files=upload, headers=ana)
    assert kept.status_code == 201, kept.text
    file = f"{path}/premises/evidence/{kept.json()['id']}"
    assert (await api.get(file, headers=ana)).content == pdf()
    changed = (await api.put(f"{path}/premises", json={**stated, "number": "2"}, headers=ana)).json()
    assert (changed["number"], changed["state"], len(changed["evidence"])) == ("2", "unverified", 1)
    assert "storage_key" not in changed["evidence"][0]
    assert (await api.delete(file, headers=ana)).status_code == 204
    assert (await api.delete(f"{path}/premises", headers=ana)).status_code == 204
    assert (await api.get(path, headers=ana)).json()["items"] == []
