"""What every table holds of a person, one entry a table. A table that is not here fails the tests.

To add one: `PERSONAL["my_table"] = Personal(heading, leads, ...)`, or a line in `NOT_PERSONAL` that says why.
`tests/services/privacy/test_declaration.py` walks the catalogue and says what is missing.
"""

from __future__ import annotations

from datetime import time

from services.kernel.vault import NOBODYS_ADDRESS
from services.privacy.declared import (
    Account,
    AtPath,
    Email,
    Filled,
    JsonEmail,
    JsonOf,
    JsonStaffName,
    Mentions,
    Merged,
    MergedInto,
    Of,
    Personal,
    StaffName,
)
from services.scheduling.preference_rules import EVERY_DAY, LAST_TIME

NOBODY = Filled(NOBODYS_ADDRESS)
_NO_WORDS = {"title": "", "text_body": "", "html_body": "", "attachments": []}
_BY_CLIENT = (Of("client_id", table="client"),)
_BY_BOOKING = (Of("booking_id", table="booking"),)

PERSONAL: dict[str, Personal] = {
    # The account.
    "account": Personal(
        "Account", (Account("id"),), hides=("password_hash", "totp_secret", "totp_last_used")
    ),
    "sign_in": Personal("Signed-in devices", (Account("account_id"),), hides=("token_hash",)),
    "recovery_code": Personal("Recovery codes", (Account("account_id"),), hides=("code_hash", "salt")),
    "privacy_request": Personal(
        "Requests about your data",
        (Account("account_id"), Email("email")),
        leaves={"account_id": None, "email": None},
        stays="request_kind state language report",
        kept="accountability",
    ),
    # A client of a clinic.
    "client": Personal(
        "Client record",
        (Account("account_id"), Email("email", unless="account_id"), MergedInto("merged_into", follows=True)),
        leaves={
            "name": Filled("Erased client {tail}"),
            "email": NOBODY,
            "phone": "",
            "account_id": None,
        },
        hides=("phone_key", "name_key", "email_key"),
        stays="language",
        kept="accounting",
        holds_key=True,
    ),
    "client_note": Personal(
        "Notes of the clinic",
        (
            *_BY_CLIENT,
            StaffName("written_by", follows=False, shown=False, leaves={}),
            StaffName("struck_by", follows=False, shown=False, leaves={}),
        ),
        leaves={},
        seals=("body",),
        stays="written_by struck_by",
        kept="treatment_record",
    ),
    "screening_answer": Personal(
        "Answers to the health questions",
        _BY_CLIENT,
        leaves={},
        seals=("answers",),
        stays="question_set language outcome",
        kept="claims",
    ),
    "consent": Personal(
        "Consents",
        _BY_CLIENT,
        leaves={},
        seals=("signed_name",),
        stays="purpose text_version language decision",
        kept="claims",
    ),
    "booking": Personal(
        "Bookings",
        (*_BY_CLIENT, Account("account_id", follows=False, leaves={"account_id": None})),
        leaves={"account_id": None, "cancel_reason": "", "texts_to": ""},
        stays="reference area currency status cancelled_by changed_by moved_from given_back",
        kept="accounting",
    ),
    "asked_move": Personal(
        "Other times that you asked for",
        _BY_BOOKING,
        leaves={"reason": ""},
        stays="answer",
        kept="figures",
    ),
    "course": Personal(
        "Courses",
        (*_BY_CLIENT, StaffName("stopped_by", follows=False, shown=False, leaves={"stopped_by": ""})),
        leaves={
            "weekdays": EVERY_DAY,
            "from_time": time.min,
            "until_time": LAST_TIME,
            "same_practitioner": True,
        },
        stays="area currency status stopped_by stop_reason",
        kept="accounting",
    ),
    "session_record": Personal(
        "Records of sessions",
        (
            *_BY_BOOKING,
            StaffName("recorded_name", follows=False, shown=False, leaves={}),
            StaffName("consent_seen_by", follows=False, shown=False, leaves={}),
        ),
        leaves={},
        seals=("notes", "depth_reason", "why"),
        stays="areas lot topicals recorded_name consent_seen_by",
        kept="traceability",
    ),
    "recalled_person": Personal(
        "Recalls of a cartridge that you were told of",
        (*_BY_CLIENT, StaffName("rung_by", follows=False, shown=False, leaves={"rung_by": ""})),
        leaves={},
        stays="rung_by",
        kept="traceability",
    ),
    "check_in": Personal(
        "Check-ins",
        (*_BY_CLIENT, StaffName("handled_by", follows=False, shown=False, leaves={"handled_by": ""})),
        leaves={},
        seals=("answers", "handled_note"),
        stays="handled_by rules_version",
        kept="figures",
    ),
    "told": Personal("What you were last told of a visit", _BY_BOOKING),
    "waitlist_wish": Personal(
        "Wishes on waiting lists",
        (Account("account_id"), Email("email")),
        leaves={"name": "Erased", "email": NOBODY, "phone": "", "account_id": None},
        stays="area language state",
        kept="figures",
    ),
    "waitlist_offer": Personal(
        "Times that were offered to you",
        (
            Of("wish_id", table="waitlist_wish"),
            StaffName("offered_by", follows=False, shown=False, leaves={"offered_by": ""}),
        ),
        leaves={},
        stays="offered_by answer",
        kept="figures",
    ),
    "clinical_photo": Personal("Photos of the treated area", _BY_CLIENT, hides=("sha256", "sizes")),
    "photo_release": Personal(
        "Your word on showing a photo",
        _BY_CLIENT,
        leaves={},
        seals=("signed_name",),
        stays="decision text_version language",
        kept="claims",
    ),
    "shown_result": Personal("Photos shown on a clinic's page", (Of("before_id", table="clinical_photo"),)),
    "review_invitation": Personal(
        "Invitations to review", _BY_CLIENT, leaves={}, stays="stage", kept="figures"
    ),
    "visit_claim": Personal("What you said of visits", _BY_CLIENT, leaves={}, stays="marked", kept="figures"),
    "review": Personal(
        "Reviews",
        (Of("invitation_id", table="review_invitation"),),
        leaves={"author": "A former client", "body": "", "reply": None, "replied_at": None},
        stays="stage concern state",
        kept="reviews",
        unless_kept=("body", "reply", "replied_at"),
    ),
    "question": Personal(
        "Questions",
        (Email("email"),),
        leaves={"name": "Erased", "email": NOBODY, "state": "closed"},
        stays="language",
        kept="figures",
        holds_key=True,
    ),
    "question_message": Personal(
        "Messages of a question",
        (
            Of("question_id", table="question"),
            StaffName("written_by", follows=False, shown=False, leaves={"written_by": ""}),
        ),
        leaves={"written_by": ""},
        seals=("body",),
        stays="side",
        kept="figures",
    ),
    "notice": Personal(
        "Messages sent to you",
        (
            Email("recipient"),
            Account("subject_id"),
            Of("client_id", table="client"),
            *(
                Of("subject_id", table=table, target=target)
                for table, target in (
                    ("booking", "id"),
                    ("booking", "group_id"),
                    ("check_in", "id"),
                    ("review_invitation", "id"),
                    ("recalled_person", "id"),
                )
            ),
            # An invitation says who sent it.
            Of("subject_id", table="team_invitation", follows=False, shown=False, leaves=_NO_WORDS),
            # What the team got about the person names them: it is a copy, addressed to somebody else.
            Mentions(
                "text_body",
                of=(("booking", "reference"), ("question", "id"), ("client", "id")),
                follows=False,
                shown=False,
                leaves=_NO_WORDS,
            ),
        ),
        leaves={"recipient": NOBODY, **_NO_WORDS, "says": [], "error": None},
        stays="notice_kind state audience zone language channel",
        kept="accountability",
    ),
    "moderation_case": Personal(
        "Reports to the moderators",
        (
            JsonEmail("detail"),
            JsonStaffName(
                "detail",
                path=("edit", "asked_by"),
                follows=False,
                shown=False,
                leaves={"detail": AtPath(("edit", "asked_by"), "")},
            ),
            *(
                JsonOf(
                    "detail",
                    key=key,
                    table=table,
                    shown=False,
                    leaves={"detail": Merged({"text": ""})},
                )
                for key, table in (("review_id", "review"), ("booking_id", "booking"))
            ),
        ),
        leaves={"detail": Merged({"email": "", "text": ""})},
        stays="case_kind title state decision reason message",
        kept="moderation",
    ),
    # Somebody who works for a clinic.
    "membership": Personal("Teams you belong to", (Account("account_id"),)),
    "team_invitation": Personal(
        "Invitations to a team",
        (
            Email("email"),
            StaffName("invited_by", shown=False, leaves={"invited_by": ""}),
        ),
    ),
    "practitioner": Personal(
        "You as a practitioner",
        (Account("account_id"),),
        leaves={"bio": "", "account_id": None},
        stays="name title",
        kept="treatment_record",
    ),
    "practitioner_hours": Personal(
        "Your working hours",
        (Of("practitioner_id", table="practitioner"),),
        leaves={},
        stays="weeks",
        kept="clinic_business",
    ),
    "practitioner_exception": Personal(
        "Your days off",
        (Of("practitioner_id", table="practitioner"),),
        leaves={"note": ""},
        stays="kind",
        kept="clinic_business",
    ),
    "external_calendar": Personal(
        "Your calendars elsewhere",
        (Of("practitioner_id", table="practitioner"),),
        hides=("address", "tag"),
    ),
    "external_busy": Personal("When you are busy elsewhere", (Of("practitioner_id", table="practitioner"),)),
    "credential": Personal(
        "Your credentials",
        (Of("practitioner_id", table="practitioner"),),
        leaves={},
        stays="credential_kind number issuer jurisdiction state verified_against",
        kept="treatment_record",
    ),
    "evidence": Personal(
        "Evidence of your credentials", (Of("credential_id", table="credential"),), hides=("storage_key",)
    ),
    "picture": Personal("Your portrait", (Of("subject_id", table="practitioner"),)),
    "held_edit": Personal(
        "Edits that wait for a moderator",
        (StaffName("asked_by", follows=False),),
        leaves={"asked_by": ""},
        stays="subject_kind label before after",
        kept="clinic_business",
    ),
    "lot_recall": Personal(
        "Lots you called back",
        (StaffName("started_by", follows=False, shown=False),),
        leaves={"started_by": ""},
        stays="lot words",
        kept="traceability",
    ),
    "treatment_protocol": Personal(
        "Protocols you wrote",
        (StaffName("written_by", follows=False, shown=False, leaves={}),),
        leaves={},
        stays="written_by aftercare check_in_days photo_days review_days",
        kept="treatment_record",
    ),
    "calendar_feed": Personal("Calendar addresses you made", (Account("made_by"),)),
    "blocked_time": Personal(
        "Times you blocked",
        (StaffName("blocked_by", follows=False),),
        leaves={"blocked_by": ""},
        stays="note",
        kept="clinic_business",
    ),
    "audit_event": Personal(
        "What you did here",
        (Account("by_account_id", follows=False),),
        leaves={},
        hides=("correlation_id",),
        stays="by_kind by_label action subject_kind detail",
        kept="accountability",
    ),
}

NOT_PERSONAL: dict[str, str] = {
    "clinic": "a business and what it says of itself",
    "clinic_slug": "a business's address",
    "business_proof": "papers of a business",
    "proof_evidence": "papers of a business, with their files",
    "location": "a business's place",
    "location_hours": "a business's hours",
    "hours_exception": "a business's hours",
    "room": "a thing",
    "device": "a thing",
    "treatment": "a menu",
    "treatment_area": "a menu",
    "treatment_performer": "a menu: ids of who gives a treatment",
    "treatment_room": "a menu: ids of the rooms in which a treatment is given",
    "slot_hold": "times held for minutes, by a hashed address, or for what is declared; gone when they end",
    "travel": "minutes between a business's places",
    "schedule_version": "one value a business",
    "person_time": "times taken by claims, and gone with them or with the link",
    "reminder_policy": "when a business reminds",
    "letter_words": "a business's own words",
    "dead_address": "digests of addresses that take no mail, which lead to nobody",
    "platform_recall": "a moderator's deed, and moderators are not erased while they are",
    "resource": "ids of people, rooms and devices that can be taken",
    "claim": "times taken by a booking, which is declared; no account is named once its link is gone",
    "feed_address": "the hash of a calendar's address, which leads to what is declared",
    "booking_reference": "leads from a reference to a booking, which is declared",
    "review_figure": "sums",
    "listing": "made anew from what is declared, after each change",
    "outbox": "ids; an address that somebody typed is sealed, and gone with the event",
    "delivery": "ids, as in the outbox; gone seven days after it was done (retention)",
    "timer": "ids; those of the person are cancelled",
    "person_key": "keys, wrapped; those of the person are destroyed",
    "clock_offset": "one number",
    "idempotent_reply": "sealed, under the hash of the caller's key, led to by nothing; gone in a day (retention)",
    "retention_report": "counts",
}

# Every table whose rows have content in storage, and who erases it.
FILES: dict[str, str] = {
    "evidence": "with its row: practitioners.evidence, then the actor erase_evidence_file",
    "proof_evidence": "a business's; with its row: clinics.proofs, then the actor erase_proof_file",
    "picture": "portraits with their rows: practitioners.portraits, then the actor erase_picture_files",
    "clinical_photo": "with its row, and sealed with the key: courses.photos, then the actor tidy_photo_files",
    "privacy_request": "exports: seven days after they were made, and with the erasure",
}

# Names beside ids in an export, so that a person can read it.
NAMES: dict[str, tuple[str, str]] = {
    "treatment_id": ("treatment", "name"),
    "practitioner_id": ("practitioner", "name"),
    "location_id": ("location", "name"),
}
