"""Every page of the application's own route table: where it stands, who opens it, and with what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.schemas import Credentials, Forgotten, NewAccount, NewEmail
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.work import Database
from services.moderation import deciding
from services.moderation import service as moderation
from services.moderation.schemas import Decide, Report
from services.notices import service as notices
from services.questions import service as questions
from services.questions.schemas import NewAnswer, NewQuestion
from tests.contracts.callers import MODERATOR, STRANGER, Caller, all_callers
from tests.contracts.full_world import full_world
from tests.contracts.test_routes import ID, MODERATORS, filled, routes_of
from tests.factories import PASSWORD, World, book_one, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import moderator
from workers.inline import drain

NO_PAGES = ("/api/", "/assets/", "/schema/", "/t/")
NO_PAGE_EITHER = ("/calendar/changes", "/held")  # a stream, and what a script asks
OWNERS_OWN = ("/account", "/clinic")
# What this world has none of (exports of one's data, results of photos, feeds): their pages say that nothing is
# there, and are looked at in the tests of their own rooms.
NO_SUCH = dict.fromkeys(
    ("request_id", "token", "link", "result_id", "photo_id", "feed_id", "calendar_id"), str(UUID(int=0))
)
_LINK = re.compile(r"https?://[^/\s]+(/[a-z/-]+/)([A-Za-z0-9_.~-]{20,})")


@dataclass(frozen=True, slots=True)
class Opened:
    """A page: its place in the route table, the address that leads to it here, and who opens it."""

    route: str
    address: str
    who: str


@dataclass(frozen=True, slots=True)
class Place:
    """What there is to open: every page, the sessions by who opens them, and the ticket of a half-made sign-in."""

    pages: list[Opened]
    sessions: dict[str, str]
    ticket: str


async def every_page(app: Litestar, database: Database, clock: MovableClock, superuser: AsyncEngine) -> Place:
    """The pages of a clinic in which everything has happened, and all the others."""
    world, ids = await full_world(database, clock)
    callers, mine = await all_callers(database, world)
    soon = await book_one(database, world, email="cleo@example.test")
    asked = await book_one(database, world, email="dana@example.test", yes=("under_age",))
    await _cause_letters(database, world, callers["owner"])
    await drain(database, MailboxOnly())
    async with superuser.connect() as connection:
        ids["delivery_id"] = str(await connection.scalar(text("SELECT id FROM delivery LIMIT 1")))
        others = text("SELECT id FROM client WHERE clinic_id = :clinic AND id <> :client LIMIT 1")
        about = {"clinic": world.clinic_id, "client": UUID(ids["client_id"])}
        other_id = str(await connection.scalar(others, about))
    ids |= {"concern": "acne-scars", "path": "", "part": "pages.xml"}
    async with database.begin(PublicScope()) as work:
        given = Credentials(email="robin@needlewise.test", password=PASSWORD)
        ticket = (await accounts.begin_session(work, given)).ticket
    links = await _links(database)
    token = {"token": soon.manage_token}
    details = {"starts_at": (await _free(database, world)).isoformat(), "area": "face"}
    # Addresses that ask for more than ids, and pages that are there in some states alone.
    queries: dict[str, dict[str, str] | list[tuple[str, str]]] = {
        "/bookings/{reference:str}": token,
        "/bookings/{reference:str}/calendar.ics": token,
        "/bookings/{reference:str}/cancel": token,
        "/bookings/{reference:str}/coming": token,
        "/bookings/{reference:str}/messages": token,
        "/bookings/{reference:str}/reschedule": token,
        "/clinic/{slug:str}/bookings/{reference:str}/reschedule/to": {"starts_at": details["starts_at"]},
        "/c/{slug:str}/book/{treatment_id:uuid}/times": {"area": "face"},
        "/c/{slug:str}/book/{treatment_id:uuid}/details": details,
        "/compare": [("clinic", world.slug), ("clinic", mine.slug)],
        "/search": {"concern": "acne_scars", "place": "Austin"},
    }
    references = {
        "/clinic/{slug:str}/bookings/{reference:str}/decline": asked.reference,
        "/clinic/{slug:str}/bookings/{reference:str}/cancel": soon.reference,
        "/clinic/{slug:str}/bookings/{reference:str}/move/decline": ids["asked_reference"],
        "/clinic/{slug:str}/bookings/{reference:str}/reschedule": soon.reference,
        **{path: soon.reference for path in queries if "{reference:str}" in path},
    }
    pages = []
    for method, path in routes_of(app):
        if method != "GET" or path.startswith(NO_PAGES) or path.endswith(NO_PAGE_EITHER):
            continue
        known = {**NO_SUCH, **ids, **links.get(path, {}), "reference": references.get(path, ids["reference"])}
        missing = [name for name in ID.findall(path) if name not in known]
        assert not missing, f"{path}: nothing is known of {missing}; letters: {sorted(links)}"
        address = filled(path, known)
        query = urlencode(queries.get(path, []))
        pages.append(Opened(ID.sub(r"{\1}", path), f"{address}?{query}" if query else address, _who(path)))
    day = soon.sessions[0].starts_at.date().isoformat()
    calendar = f"/clinic/{world.slug}/calendar?day={day}"
    booking = f"/c/{world.slug}/book/{world.treatment_id}"
    merge = f"/clinic/{world.slug}/clients/{ids['client_id']}/merge?with={other_id}"
    forms = {
        "calendar in full": f"{calendar}&as=grid",
        "calendar of a week": f"{calendar}&view=week&as=grid",
        "calendar of a week as a list": f"{calendar}&view=week&as=list",
        "calendar of rooms": f"{calendar}&show=room",
        "clients merged": merge,
    }
    pages += [Opened(name, address, "owner") for name, address in forms.items()]
    asking = ids["asked_reference"]
    pages += [
        Opened("booking that is to move", f"/clinic/{world.slug}/bookings/{asking}", "owner"),
        Opened("own booking that is to move", f"/bookings/{asking}?token={ids['asked_token']}", STRANGER),
    ]
    wishes = urlencode(details | {"whole_course": "true", "weekdays": "0,2", "from_time": "20:00"})
    pages += [
        Opened(f"{step} of a course with wishes", f"{booking}/{step}?{wishes}", STRANGER)
        for step in ("times", "details")
    ]
    sessions = {name: callers[name].session for name in ("owner", MODERATOR)}
    return Place(pages, sessions, ticket)


def _who(path: str) -> str:
    if path.startswith(MODERATORS):
        return MODERATOR
    return "owner" if path.startswith(OWNERS_OWN) else STRANGER


async def _cause_letters(database: Database, world: World, owner: Caller) -> None:
    """An answered question, another address, a forgotten password, somebody new, a decision to appeal."""
    async with database.begin(world.scope) as work:
        wondered = NewQuestion(
            name="Cy Moss", email="cy@example.test", text="Is it for me?", treatment_id=world.treatment_id
        )
        question = await questions.ask(work, wondered)
        await questions.answer(work, question.id, NewAnswer(text="Come and see us.", invite=True))
    async with database.begin(PublicScope()) as work:
        known = await accounts.find_by_email(work, world.owner.email)
        assert known is not None
        await accounts.ask_new_email(
            work,
            known.account_id,
            NewEmail.model_validate({"email": "owen.lind@example.test", "current": PASSWORD}),
            token=owner.session,
        )
        await accounts.ask_reset(work, Forgotten(email=world.owner.email))
        new = NewAccount(email="eli@example.test", password=PASSWORD, name="Eli Moss")
        await accounts.sign_up(work, new)
    other = await live_clinic(database, name="Harbour Skin", city="Dallas")
    async with database.begin(other.scope) as work:
        report = Report(slug=other.slug, reason="other", text="The rooms are not clean.")
        case = await moderation.report(work, report)
    kim = await moderator(database, "kim@needlewise.test")
    async with database.begin(kim.scope(other.clinic_id)) as work:
        suspended = {"decision": "suspend", "reason": "other", "message": "Tell us how you clean the rooms."}
        await deciding.decide(work, case.id, Decide.model_validate(suspended))


async def _links(database: Database) -> dict[str, dict[str, str]]:
    """The token of the newest letter for each route that takes one, by the route."""
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = await notices.list_sent(work)
    found = {path: token for one in reversed(sent) for path, token in _LINK.findall(one.text)}
    return {
        f"{path}{{{name}:str}}": {name: token} for path, token in found.items() for name in ("token", "link")
    }


async def _free(database: Database, world: World) -> datetime:
    return (await free_slots(database, world, in_days=9))[0].starts_at
