"""Pages of practitioners, as a browser without JavaScript uses them."""

from __future__ import annotations

import re

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from tests.kept import kept_browser
from tests.services.practitioners.papers import pdf
from tests.web.forms import post
from tests.web.test_clinic_setup_pages import HOME, begin_place, sign_in, sign_up

PEOPLE = f"{HOME}/practitioners"
NURSE = {
    "kind": "registered_nurse",
    "number": "RN-204981",
    "issuer": "Nursys",
    "jurisdiction": "Arizona, US",
    "issued_on": "2019-05-01",
    "expires_on": "2090-05-01",
}


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """A browser signed in as the owner of a draft with one location."""
    return await kept_browser(database, http, begin_place, lambda: begin_place(http))


@pytest.fixture
async def person(owner: httpx.AsyncClient) -> str:
    """The address of one practitioner's page."""
    made = await post(owner, f"{PEOPLE}/new", {"name": "Dr Ana Ruiz", "sessions_before": "0"})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


@pytest.fixture
async def credential(owner: httpx.AsyncClient, person: str) -> str:
    """The address of one credential's page."""
    assert (await post(owner, f"{person}/credentials/new", NURSE)).status_code == 303
    found = re.search(rf"{person}/credentials/[0-9a-f-]{{36}}(?=\")", (await owner.get(person)).text)
    assert found
    return found.group()


async def _upload(
    browser: httpx.AsyncClient, person: str, credential: str, content: bytes, name: str = "licence.pdf"
) -> httpx.Response:
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await browser.get(person)).text)
    assert token
    field = "file-" + credential.rpartition("/")[2]
    return await browser.post(
        f"{credential}/evidence",
        data={"_csrf_token": token.group(1)},
        files={field: (name, content, "application/pdf")},
    )


async def test_an_empty_list_leads_to_the_first_person(owner: httpx.AsyncClient) -> None:
    shown = await owner.get(PEOPLE)
    assert shown.status_code == 200
    assert "Nobody treats here yet" in shown.text
    assert f'href="{PEOPLE}/new"' in shown.text


async def test_a_person_is_added_and_the_page_says_what_is_next(owner: httpx.AsyncClient) -> None:
    made = await post(owner, f"{PEOPLE}/new", {"name": "Dr Ana <Ruiz>", "title": "Dermatologist"})
    assert made.status_code == 303
    shown = await owner.get(made.headers["location"])
    assert "Next: enter a credential" in shown.text
    assert "Dr Ana &lt;Ruiz&gt;" in shown.text
    assert "<Ruiz>" not in shown.text
    assert "Dr Ana &lt;Ruiz&gt;" in (await owner.get(PEOPLE)).text


async def test_a_bad_field_is_named_and_nothing_typed_is_lost(owner: httpx.AsyncClient) -> None:
    typed = {
        "name": "",
        "bio": "Trained in Madrid.",
        "needling_since_year": "1980",
        "sessions_before": "many",
    }
    shown = await post(owner, f"{PEOPLE}/new", typed)
    assert shown.status_code == 422
    for part in (
        'href="#name"',
        'href="#sessions_before"',
        "Trained in Madrid.",
        'value="1980"',
        'value="many"',
    ):
        assert part in shown.text
    again = await post(owner, f"{PEOPLE}/new", {**typed, "name": "Ana", "sessions_before": ""})
    assert again.status_code == 422
    assert "Needling since: give a year from 1990" in again.text


async def test_details_are_changed_and_can_be_emptied(owner: httpx.AsyncClient, person: str) -> None:
    full = {"name": "Ana Ruiz", "title": "Nurse", "bio": "Two lines.", "needling_since_year": "2018"}
    assert (await post(owner, f"{person}/edit", full)).status_code == 303
    assert 'value="2018"' in (await owner.get(f"{person}/edit")).text
    assert (await post(owner, f"{person}/edit", {"name": "Ana Ruiz"})).status_code == 303
    shown = (await owner.get(person)).text
    assert "Two lines." not in shown
    assert "No words about training" in shown
    bad = await post(owner, f"{person}/edit", {"name": "Ana", "needling_since_year": "1900"})
    assert bad.status_code == 422


async def test_hours_are_typed_by_day_and_kept(owner: httpx.AsyncClient, person: str) -> None:
    page = (await owner.get(f"{person}/hours")).text
    field = re.search(r'name="opens_([0-9a-f-]{36})_0_1"', page)
    assert field
    day = f"{field.group(1)}_0"
    typed = {
        f"opens_{day}_1": "09:00",
        f"closes_{day}_1": "12:00",
        f"opens_{day}_2": "13:00",
        f"closes_{day}_2": "17:30",
    }
    assert (await post(owner, f"{person}/hours", typed)).status_code == 303
    assert "09:00–12:00, 13:00–17:30" in (await owner.get(person)).text
    again = (await owner.get(f"{person}/hours")).text
    for name, value in typed.items():
        assert re.search(rf'name="{name}" value="{value}"', again)
    half = await post(owner, f"{person}/hours", {f"opens_{day}_2": "09:00"})
    assert half.status_code == 422
    assert f'href="#closes_{day}_2"' in half.text
    backwards = {f"opens_{day}_1": "12:00", f"closes_{day}_1": "09:00"}
    refused = await post(owner, f"{person}/hours", backwards)
    assert (refused.status_code, "Work must begin before it ends." in refused.text) == (422, True)
    clash = {**typed, f"opens_{day}_2": "11:00"}
    refused = await post(owner, f"{person}/hours", clash)
    assert (refused.status_code, f'href="#opens_{day}_2"' in refused.text) == (422, True)
    assert "09:00–12:00, 13:00–17:30" in (await owner.get(person)).text
    assert (await post(owner, f"{person}/hours", {"follow": "true"})).status_code == 303


async def test_a_credential_is_entered_and_says_that_evidence_is_missing(
    owner: httpx.AsyncClient, person: str, credential: str
) -> None:
    shown = (await owner.get(person)).text
    assert "RN-204981" in shown
    assert "evidence missing" in shown
    assert "1 May 2090" in shown
    assert 'value="RN-204981"' in (await owner.get(credential)).text


async def test_a_credential_that_cannot_be_is_shown_again_with_its_errors(
    owner: httpx.AsyncClient, person: str, credential: str
) -> None:
    bad = {**NURSE, "issuer": "NPPES", "number": "1234567890", "expires_on": "2019-01-01"}
    for path in (f"{person}/credentials/new", credential):
        shown = await post(owner, path, bad)
        assert shown.status_code == 422
        for part in ('href="#number"', 'href="#expires_on"', 'value="1234567890"', 'value="2019-01-01"'):
            assert part in shown.text
    empty = await post(owner, f"{person}/credentials/new", {})
    assert empty.status_code == 422
    assert all(f'href="#{name}"' in empty.text for name in ("kind", "number", "issuer", "jurisdiction"))


async def test_a_credential_is_changed_and_removed(
    owner: httpx.AsyncClient, person: str, credential: str
) -> None:
    assert (await post(owner, credential, {**NURSE, "number": "RN-7"})).status_code == 303
    assert "RN-7" in (await owner.get(person)).text
    assert (await post(owner, f"{credential}/delete", {}, page=person)).status_code == 303
    assert "RN-7" not in (await owner.get(person)).text
    assert (await owner.get(credential)).status_code == 404


async def test_evidence_is_uploaded_downloaded_and_removed(
    owner: httpx.AsyncClient, person: str, credential: str
) -> None:
    made = await _upload(owner, person, credential, pdf(), name="my licence.exe")
    assert (made.status_code, made.headers["location"]) == (303, person)
    shown = (await owner.get(person)).text
    assert "my licence.pdf" in shown
    assert "waiting for the check" in shown
    link = re.search(rf"{credential}/evidence/[0-9a-f-]{{36}}(?=\")", shown)
    assert link
    got = await owner.get(link.group())
    assert (got.status_code, got.content) == (200, pdf())
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert (await post(owner, f"{link.group()}/delete", {}, page=person)).status_code == 303
    assert (await owner.get(link.group())).status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ\x90" + b"\x00" * 99, "The file is not a whole PDF, JPEG or PNG"),
        (b"", "The file is empty."),
        (pdf(10_000_001), "The file is larger than 10 MB."),
    ],
)
async def test_a_file_that_is_no_evidence_is_refused_at_its_field(
    owner: httpx.AsyncClient, person: str, credential: str, content: bytes, words: str
) -> None:
    shown = await _upload(owner, person, credential, content)
    assert shown.status_code == 422
    assert words in shown.text
    assert f'href="#file-{credential.rpartition("/")[2]}"' in shown.text
    assert "licence.pdf" not in (await owner.get(person)).text


async def test_uploading_without_a_file_says_so(
    owner: httpx.AsyncClient, person: str, credential: str
) -> None:
    shown = await post(owner, f"{credential}/evidence", {}, page=person)
    assert (shown.status_code, "Choose a file first." in shown.text) == (422, True)


async def test_a_body_beyond_the_limit_gets_a_page_that_says_so(
    owner: httpx.AsyncClient, person: str, credential: str
) -> None:
    shown = await _upload(owner, person, credential, pdf(12_100_000))
    assert shown.status_code == 413
    assert "larger than we can take" in shown.text


async def test_somebody_who_left_is_taken_off(owner: httpx.AsyncClient, person: str) -> None:
    assert (await post(owner, f"{person}/archive", {}, page=person)).status_code == 303
    assert (await owner.get(person)).status_code == 404
    assert "Nobody treats here yet" in (await owner.get(PEOPLE)).text


async def test_the_pages_are_for_the_clinics_managers_alone(
    owner: httpx.AsyncClient, person: str, credential: str, database: Database
) -> None:
    await _upload(owner, person, credential, pdf())
    link = re.search(rf"{credential}/evidence/[0-9a-f-]{{36}}(?=\")", (await owner.get(person)).text)
    assert link
    paths = (PEOPLE, f"{PEOPLE}/new", person, f"{person}/edit", f"{person}/hours", credential, link.group())
    await sign_up(owner, "front@example.com", "Front Desk")
    async with database.begin(PlatformScope("a test looks up a slug")) as work:
        clinic_id = await clinics.find_any_clinic_id(work, "linden-skin")
    assert clinic_id
    async with database.begin(ClinicScope(clinic_id)) as work:
        await clinics.add_member(work, NewMember(email="front@example.com", role=Role.FRONT_DESK))
    await sign_in(owner, "front@example.com")
    assert {(await owner.get(path)).status_code for path in paths} == {403}
    await sign_up(owner, "stranger@example.com", "Stranger")
    assert {(await owner.get(path)).status_code for path in paths} == {404}
    owner.cookies.clear()
    for path in paths:
        assert (await owner.get(path)).headers["location"].startswith("/sign-in")
