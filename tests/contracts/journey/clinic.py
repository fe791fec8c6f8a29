"""The clinic's side: founded, furnished, sent in, decided on; its days and its books."""

from __future__ import annotations

from typing import Any

from tests.contracts.journey.caller import Caller, Outside, members
from tests.contracts.journey.memory import DESK, Clinic, dollars, new_key
from tests.services.clinics.photos import photo

PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    b"trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n45\n%%EOF\n"
)
EVERY_DAY = [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in range(7)]
ABOUT = "A small practice for skin. We treat acne scars and lines, and we tell you when waiting is better."


async def found(owner: Caller) -> Clinic:
    """Begins a clinic: a key is needed, the same key gives the same answer, and never another one."""
    path, body = "/manage/clinics", {"name": "Cedar Skin Studio", "country": "US", "currency": "USD"}
    await owner.refused("POST", path, 400, json=body)
    key = new_key()
    made = await owner.post(path, body, headers=key)
    assert await owner.post(path, body, headers=key) == made
    await owner.refused("POST", path, 422, json={**body, "name": "Another"}, headers=key)
    assert [one["slug"] for one in (await owner.get(path))["items"]] == [made["slug"]]
    return Clinic(owner, made["slug"])


async def furnish(clinic: Clinic) -> Clinic:
    """Location with hours, room, device, practitioner with hours, credential and evidence, and a treatment."""
    owner, own = clinic.owner, clinic.own
    place = {"name": "Cedar Downtown", "street": "100 Congress Avenue", "city": "Austin", "postcode": "78701"}
    location = (await owner.post(f"{own}/locations", place))["id"]
    await owner.put(f"{own}/locations/{location}/hours", {"hours": EVERY_DAY})
    await owner.post(f"{own}/rooms", {"location_id": location, "name": "Room 1"})
    pen = {"maker": "Crown Aesthetics", "model": "SkinPen Precision", "modality": "pen"}
    device = (await owner.post(f"{own}/devices", {"location_id": location, **pen}))["id"]
    someone = (await owner.post(f"{own}/practitioners", {"name": "Dr Mira Holm"}))["id"]
    await owner.put(
        f"{own}/practitioners/{someone}/hours",
        {"hours": [{"location_id": location, **span} for span in EVERY_DAY]},
    )
    credential = await owner.post(
        f"{own}/practitioners/{someone}/credentials",
        {
            "kind": "dermatologist",
            "number": "MD-204981",
            "issuer": "Texas Medical Board",
            "jurisdiction": "Texas, US",
        },
    )
    evidence = f"{own}/credentials/{credential['id']}/evidence"
    await owner.post(evidence, files={"file": ("licence.pdf", PDF, "application/pdf")})
    await owner.refused(
        "POST", evidence, 422, files={"file": ("licence.pdf", b"MZ, not a paper", "application/pdf")}
    )
    room = {"file": ("room.jpg", photo(), "image/jpeg")}
    said = {"alt": "A bright room with one chair", "no_client": "true"}
    members(await owner.post(f"{own}/pictures", files=room, data=said), "id", "state", "files")
    await owner.refused("POST", f"{own}/pictures", 422, files=room)
    treatment = await owner.post(f"{own}/treatments", menu_item(device))
    await prove_business(owner, own)
    return Clinic(owner, clinic.slug, location, treatment["id"])


async def prove_business(owner: Caller, own: str) -> None:
    """Registration and insurance, each stated and shown; insurance says until when."""
    proofs = f"{own}/proofs"
    stated = {"number": "0803512345", "issuer": "Texas Secretary of State"}
    insured = {"number": "POL-88-1", "issuer": "Lone Star Mutual"}
    await owner.refused("PUT", f"{proofs}/insurance", 422, json=insured)
    await owner.refused("PUT", f"{proofs}/fame", 404, json=stated)
    insured["valid_until"] = "2099-12-31"
    for kind, body in (("registration", stated), ("insurance", insured)):
        saved = await owner.put(f"{proofs}/{kind}", body)
        assert (saved["kind"], saved["state"], saved["evidence"]) == (kind, "unverified", [])
        await owner.post(f"{proofs}/{kind}/evidence", files={"file": (f"{kind}.pdf", PDF, "application/pdf")})
    await owner.refused("GET", f"{proofs}/premises", 404)
    assert [len(one["evidence"]) for one in (await owner.get(proofs))["items"]] == [1, 1]


def menu_item(device: str) -> dict[str, Any]:
    course = {"sessions": 3, "min_days": 21, "target_days": 28, "max_days": 42, "price": dollars(660)}
    return {
        "name": "Pen facial for acne scars",
        "modality": "pen",
        "concerns": ["acne_scars"],
        "device_id": device,
        "areas": [
            {"code": "face", "minutes": 20, "price": dollars(240)},
            {"code": "neck", "minutes": 10, "price": dollars(160)},
        ],
        "course": course,
        "booking_mode": "instant",
    }


async def rearrange(clinic: Clinic) -> None:
    """One more of everything is read, changed and taken away again."""
    owner, own = clinic.owner, clinic.own
    device = (await owner.get(f"{own}/devices"))["items"][0]
    someone = (await owner.get(f"{own}/practitioners"))["items"][0]
    held = {"kind": "registered_nurse", "number": "RN-1", "issuer": "Nursys", "jurisdiction": "Texas, US"}
    at = {"location_id": clinic.location_id}
    more: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("locations", {"name": "North", "street": "Oak Street 1", "city": "Austin"}, {"name": "Far North"}),
        ("rooms", {**at, "name": "Room 2"}, {"name": "Room 3"}),
        ("devices", {**at, "maker": "Dermapen", "model": "4", "modality": "pen"}, {"model": "4.1"}),
        ("practitioners", {"name": "Dr Ivo Marsh"}, {"title": "Nurse"}),
        (f"practitioners/{someone['id']}/credentials", held, {"number": "RN-2"}),
        ("treatments", menu_item(device["id"]), {"name": "Pen facial for lines"}),
        ("team", {"email": DESK, "role": "manager"}, {"role": "front_desk"}),
    )
    for kind, body, change in more:
        path = f"{own}/{kind}"
        before = await owner.get(path)
        one = f"{path}/{(await owner.post(path, body))['id']}"
        assert len((await owner.get(path))["items"]) == len(before["items"]) + 1
        changed = await owner.patch(one, change)
        assert change.items() <= changed.items()
        assert await owner.get(one) == changed
        await owner.delete(one)
        await owner.refused("GET", one, 404)
        assert await owner.get(path) == before


async def hire(clinic: Clinic, person: Caller) -> None:
    """The front desk sees bookings; what its role does not include is forbidden, not hidden."""
    await person.refused("GET", f"{clinic.own}/bookings", 404)
    await clinic.owner.post(f"{clinic.own}/team", {"email": DESK, "role": "front_desk"})
    await person.get(f"{clinic.own}/bookings")
    await person.refused("GET", f"{clinic.own}/export", 403)


async def send_in(clinic: Clinic) -> None:
    """What the checklist misses keeps a clinic from being sent in; afterwards it goes."""
    owner = clinic.owner
    missing = [one for one in (await owner.get(f"{clinic.own}/checklist"))["items"] if not one["done"]]
    assert {one["code"] for one in missing} == {"profile", "sterilisation"}
    assert all(one["why"] for one in missing)
    await owner.refused("POST", f"{clinic.own}/submit", 409)
    profile = {
        "description": ABOUT,
        "sterilisation_protocol": "Single-use cartridges, opened in front of you.",
        "sterilisation_checked_on": "2026-09-01",
    }
    await owner.patch(clinic.own, profile)
    assert all(one["done"] for one in (await owner.get(f"{clinic.own}/checklist"))["items"])
    await owner.post(f"{clinic.own}/submit", status=200)
    await owner.refused("POST", f"{clinic.own}/submit", 409)


async def approve(clinic: Clinic, moderator: Caller) -> None:
    """Nobody sees the clinic before; it is decided once, and by moderators alone."""
    await moderator.refused("GET", clinic.public, 404)
    await clinic.owner.refused("GET", "/admin/cases", 403)
    open_cases = (await moderator.get("/admin/cases", state="open", kind="new_listing"))["items"]
    (case,) = (one for one in open_cases if one["slug"] == clinic.slug)
    path = f"/admin/cases/{case['id']}"
    await moderator.get(path)
    await moderator.post(f"{path}/claim", status=200)
    decision = {"decision": "approve", "reason": "meets_requirements", "message": "Welcome."}
    await moderator.refused("POST", f"{path}/decision", 422, json={**decision, "reason": "because"})
    assert [one["state"] for one in (await moderator.get(path))["proofs"]] == ["unverified"] * 2
    decided = await moderator.post(f"{path}/decision", decision, status=200)
    assert (decided["decision"], decided["state"]) == ("approve", "decided")
    await moderator.refused("POST", f"{path}/decision", 409, json=decision)
    assert [one["state"] for one in (await clinic.owner.get(f"{clinic.own}/proofs"))["items"]] == [
        "verified"
    ] * 2


async def work_at_the_desk(clinic: Clinic, starts_at: str, later: str) -> str:
    """One booking is made, moved and taken back; another one stays, whose reference is given."""
    owner, path = clinic.owner, f"{clinic.own}/bookings"
    cleo = {"name": "Cleo Hart", "email": "cleo@example.test"}
    body = {"treatment_id": clinic.treatment_id, "area": "face", "starts_at": starts_at, "client": cleo}
    reference = (await owner.post(path, body))["reference"]
    moved = await owner.patch(f"{path}/{reference}", {"starts_at": later})
    assert moved["starts_at"] == later
    await owner.delete(f"{path}/{reference}")
    assert (await owner.get(f"{path}/{reference}"))["status"] == "cancelled"
    return str((await owner.post(path, body))["reference"])


async def treat(clinic: Clinic, outside: Outside, booked: dict[str, Any], missed: str) -> None:
    """The day has come: the client arrives and is treated; another one did not come."""
    owner, first = clinic.owner, booked["sessions"][0]
    path, day = f"{clinic.own}/bookings", first["starts_at"][:10]
    visit = f"{path}/{first['reference']}"
    record = {"areas": ["face"], "depth_mm": "1.00", "lot": "LOT-2611-A", "notes": "Even, no more."}
    await outside.set_clock(now=first["starts_at"])
    assert (await owner.post(f"{path}/{missed}/no-show", status=200))["status"] == "no_show"
    assert (await owner.post(f"{visit}/arrive", status=200))["status"] == "arrived"
    assert (await owner.post(f"{visit}/complete", record, status=200))["status"] == "completed"
    await owner.refused("POST", f"{visit}/no-show", 409)
    of_the_day = (await owner.get(path, **{"from": day, "to": day}))["items"]
    assert [(one["reference"], one["status"]) for one in of_the_day if one["status"] != "cancelled"] == [
        (first["reference"], "completed")
    ]


async def read_the_books(clinic: Clinic, moderator: Caller, stranger: Caller, course_id: str) -> None:
    """Courses, audit and export are the clinic's own; the platform's audit is the moderators'."""
    (course,) = (await clinic.owner.get(f"{clinic.own}/courses"))["items"]
    assert (course["id"], course["sessions"], course["done"]) == (course_id, 3, 1)
    actions = {one["action"] for one in (await clinic.owner.get(f"{clinic.own}/audit", limit=100))["items"]}
    assert {"booking.create", "booking.cancel"} <= actions
    page = await clinic.owner.get(f"{clinic.own}/audit", limit=1)
    after = await clinic.owner.get(f"{clinic.own}/audit", limit=1, cursor=page["next"])
    assert page["items"] != after["items"]
    document = await clinic.owner.get(f"{clinic.own}/export")
    assert document["clinic"]["slug"] == clinic.slug
    assert (await moderator.get("/admin/audit"))["items"]
    await clinic.owner.refused("GET", "/admin/audit", 403)
    for part in ("courses", "audit", "export", "bookings", "checklist", "proofs", "reviews", "team"):
        await stranger.refused("GET", f"{clinic.own}/{part}", 404)


async def leave(clinic: Clinic) -> None:
    own = await clinic.owner.get("/account")
    assert [(one["slug"], one["role"], one["public"]) for one in own["clinics"]] == [
        (clinic.slug, "owner", True)
    ]
    assert [one["current"] for one in (await clinic.owner.get("/account/sign-ins"))["items"]].count(True) == 1
    await clinic.owner.delete("/tokens/current")
    await clinic.owner.refused("GET", "/manage/clinics", 401)
    await clinic.owner.refused("GET", f"{clinic.own}/bookings", 401)
