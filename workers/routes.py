"""Which event wakes which actors, on one page. Every event is here, every actor is used here."""

from __future__ import annotations

ROUTES: dict[str, tuple[str, ...]] = {
    "notice.queued": ("send_notice",),
    "account.signed_up": ("ask_to_verify_email",),
    "account.email_proved": ("claim_guest_bookings",),
    "account.verification_asked": ("ask_again_to_verify_email",),
    "account.reset_asked": ("send_reset_link",),
    "account.password_changed": ("tell_of_new_password",),
    "account.email_change_asked": (
        "send_new_email_link",
        "warn_of_new_email",
    ),
    "account.second_factor_changed": ("tell_of_second_factor",),
    "booking.completed": (
        "send_aftercare",
        "plan_followups",
        "plan_invitations",
    ),
    "check_in.due": ("ask_check_in",),
    "check_in.asked": ("send_check_in",),
    "check_in.red_flag": ("warn_clinic",),
    "review_invitation.due": ("invite_to_review",),
    "review.invited": ("send_invitation",),
    "review.written": ("count_review",),
    "clinic.changed": ("rebuild_listing",),
    "clinic.published": ("rebuild_listing",),
    "clinic.unpublished": ("rebuild_listing",),
    "practitioner.changed": ("rebuild_listing",),
    "treatment.changed": ("rebuild_listing",),
    "booking.confirmed": (
        "rebuild_listing",
        "tell_of_confirmation",
    ),
    "booking.requested": (
        "rebuild_listing",
        "tell_of_request",
    ),
    "booking.rescheduled": (
        "rebuild_listing",
        "tell_of_new_time",
    ),
    "booking.cancelled": (
        "follow_course",
        "rebuild_listing",
        "tell_of_cancellation",
    ),
    "booking.declined": (
        "follow_course",
        "rebuild_listing",
        "tell_of_refusal",
    ),
    "booking.expired": (
        "follow_course",
        "rebuild_listing",
        "tell_of_expiry",
    ),
    "review.counted": ("rebuild_listing",),
    "listing.due": ("rebuild_listing",),
    "clinic.closed": (
        "cancel_what_lies_ahead",
        "confirm_closing",
    ),
    "client.merged": ("gather_stragglers",),
    "question.asked": ("tell_of_question",),
    "question.answered": ("tell_of_answer",),
    "clinic.edit_held": ("open_edit_case",),
    "clinic.edit_withdrawn": ("close_edit_case",),
    "team.invited": ("invite_to_team",),
    "team.left": ("unlink_practitioner",),
    "moderation.case_opened": ("confirm_submission",),
    "moderation.decided": (
        "send_decision",
        "answer_report",
    ),
    "credential.claimed": ("open_credential_case",),
    "credential.expires_soon": (
        "remind_of_expiry",
        "open_lapsing_case",
    ),
    "credential.lapses": ("lapse_credential",),
    "credential.lapsed": ("tell_of_lapse",),
    "evidence.removed": ("erase_evidence_file",),
    "booking.reminder_due": ("remind_client",),
    "booking.request_expires": ("expire_request",),
    "booking.links_asked": ("send_lost_links",),
    "booking.no_show": (
        "follow_course",
        "rebuild_listing",
    ),
}
