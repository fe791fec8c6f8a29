"""What is missing before a clinic can go live, why it is asked, and where to do it."""

from __future__ import annotations

from services.accounts import service as accounts
from services.clinics import places, proofs, team
from services.clinics import service as clinics
from services.clinics.proof_rules import INSURANCE, REGISTRATION, is_given
from services.clinics.schemas import ClinicView
from services.kernel.work import ClinicWork
from services.marketplace.schemas import ChecklistItem
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerView
from services.treatments import service as treatments

SHORTEST_DESCRIPTION = 40


async def get_checklist(work: ClinicWork) -> list[ChecklistItem]:
    """The points on the way to going live, in the order in which they are easiest done."""
    clinic = await clinics.get_clinic(work)
    locations = await places.list_locations(work)
    rooms = await places.list_rooms(work)
    devices = await places.list_devices(work)
    people = await practitioners.list_practitioners(work)
    menu = await treatments.list_treatments(work)
    with_rooms = {room.location_id for room in rooms}
    with_devices = {device.location_id for device in devices}
    proved = {
        proof.kind.value
        for proof in await proofs.list_proofs(work)
        if is_given(proof.valid_until, len(proof.evidence), work.now.date())
    }
    home = f"/clinic/{clinic.slug}"
    return [
        ChecklistItem(
            "email",
            "Your e-mail address is proved",
            "Bookings and decisions are sent there, so it has to reach you.",
            await _owner_is_proved(work),
            "/account",
        ),
        ChecklistItem(
            "profile",
            "A description of the clinic",
            "Clients read who you are before they look at prices. Two or three sentences are enough.",
            len(clinic.description) >= SHORTEST_DESCRIPTION,
            f"{home}/profile",
        ),
        ChecklistItem(
            "location",
            "A location with opening hours",
            "Times can only be offered where and when you are open.",
            any(location.hours for location in locations),
            f"{home}/locations" if locations else f"{home}/locations/new",
        ),
        ChecklistItem(
            "room",
            "A room at each location",
            "A room holds one client at a time; without one no time is free.",
            bool(locations) and all(location.id in with_rooms for location in locations),
            f"{home}/rooms",
        ),
        ChecklistItem(
            "device",
            "A device at each location",
            "Clients see maker, model and clearance. Home devices are not listed.",
            bool(locations) and all(location.id in with_devices for location in locations),
            f"{home}/devices",
        ),
        ChecklistItem(
            "sterilisation",
            "How you work sterile, and when that was last checked",
            "Needles open the skin. Clients look for this first, and moderators read it.",
            _is_sterile(clinic),
            f"{home}/profile",
        ),
        ChecklistItem(
            "registration",
            "The registration of the business, with a paper",
            "A moderator checks that the business exists and is yours. The paper is never public.",
            REGISTRATION in proved,
            f"{home}/business",
        ),
        ChecklistItem(
            "insurance",
            "The insurance that covers treatments, with a paper",
            "Should somebody be harmed, it has to be covered. Clients see that it was checked, and when.",
            INSURANCE in proved,
            f"{home}/business",
        ),
        ChecklistItem(
            "practitioner",
            "A practitioner with working hours",
            "Times are offered by person.",
            any(person.hours for person in people),
            f"{home}/practitioners" if people else f"{home}/practitioners/new",
        ),
        ChecklistItem(
            "credential",
            "A credential with evidence for each practitioner",
            "A moderator checks it against its register. The file itself is never public.",
            bool(people) and all(_has_evidence(person) for person in people),
            f"{home}/practitioners{_to_credentials(people)}",
        ),
        ChecklistItem(
            "treatment",
            "A treatment with its course",
            "The whole course is what clients compare and book: sessions, weeks and price.",
            any(treatment.areas for treatment in menu),
            f"{home}/treatments" if menu else f"{home}/treatments/new",
        ),
    ]


async def _owner_is_proved(work: ClinicWork) -> bool:
    members = await team.list_team(work)
    owners = [member.account_id for member in members if member.role == "owner"]
    found = await accounts.list_accounts(work, owners)
    return any(account.email_verified for account in found.values())


def _is_sterile(clinic: ClinicView) -> bool:
    return bool(clinic.sterilisation_protocol.strip()) and clinic.sterilisation_checked_on is not None


def _has_evidence(person: PractitionerView) -> bool:
    return any(credential.evidence for credential in person.credentials)


def _to_credentials(people: list[PractitionerView]) -> str:
    """To the first practitioner whose credentials are missing: to enter one, or to upload what proves it."""
    for person in people:
        if not _has_evidence(person):
            return f"/{person.id}" + ("" if person.credentials else "/credentials/new")
    return ""
