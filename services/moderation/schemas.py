"""What moderators decide with: decisions, reasons, and the shapes of cases, decisions and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from services.accounts.schemas import Input, Language, Line
from services.moderation.models import CaseKind, CaseState, Decision


@dataclass(frozen=True, slots=True)
class DecisionName:
    """A decision with words for people; `past` says it of something decided."""

    code: str
    name: str
    past: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason from the list, decisions it usually goes with, and the field a requested change is about."""

    code: str
    name: str
    decisions: tuple[str, ...]
    field: str = ""


CASE_KINDS: tuple[tuple[str, str], ...] = (
    (CaseKind.NEW_LISTING, "New listing"),
    (CaseKind.SENSITIVE_EDIT, "Sensitive edit"),
    (CaseKind.CREDENTIAL, "Credential to verify"),
    (CaseKind.CREDENTIAL_LAPSING, "Credential lapsing"),
    (CaseKind.PROOF, "Business paper to check"),
    (CaseKind.PROOF_LAPSED, "Business paper ran out"),
    (CaseKind.REVIEW_FLAGGED, "Review flagged"),
    (CaseKind.PUBLIC_REPORT, "Report"),
    (CaseKind.VISIT_CONTESTED, "Visit contested"),
    (CaseKind.APPEAL, "Appeal"),
)

DECISIONS: tuple[DecisionName, ...] = (
    DecisionName(Decision.APPROVE, "Approve", "approved"),
    DecisionName(Decision.REQUEST_CHANGES, "Request changes", "changes requested"),
    DecisionName(Decision.REJECT, "Reject", "rejected"),
    DecisionName(Decision.SUSPEND, "Suspend", "suspended"),
    DecisionName(Decision.RESTORE, "Restore", "restored"),
    DecisionName(Decision.REMOVE, "Remove", "removed"),
    DecisionName(Decision.DISMISS, "Dismiss", "dismissed"),
)

_GRAVE = (Decision.REJECT, Decision.SUSPEND, Decision.REMOVE)
_NOT_YET = (Decision.REQUEST_CHANGES, *_GRAVE)

REASONS: tuple[Reason, ...] = (
    Reason("meets_requirements", "Everything asked for is there and was checked", (Decision.APPROVE,)),
    Reason("evidence_missing", "Evidence for a credential is missing", _NOT_YET, "credentials"),
    Reason("evidence_unreadable", "Evidence cannot be read", (Decision.REQUEST_CHANGES,), "credentials"),
    Reason(
        "credential_not_confirmed", "A credential is not confirmed by its register", _NOT_YET, "credentials"
    ),
    Reason("credential_expired", "A credential has expired", _NOT_YET, "credentials"),
    Reason(
        "outside_scope", "The treatment is outside what the credential allows there", _NOT_YET, "treatments"
    ),
    Reason("device_not_cleared", "A device is not cleared for use there", _NOT_YET, "devices"),
    Reason("hygiene_not_shown", "Sterile working is not shown", _NOT_YET, "sterilisation_protocol"),
    Reason(
        "profile_incomplete", "The profile does not say enough", (Decision.REQUEST_CHANGES,), "description"
    ),
    Reason("promises_result", "The text promises a result", _NOT_YET, "description"),
    Reason("price_unclear", "A price is unclear or misleading", (Decision.REQUEST_CHANGES,), "treatments"),
    Reason("picture_shows_client", "A client can be recognised in a picture", (Decision.REMOVE,)),
    Reason("picture_not_fitting", "A picture is not of the clinic, or promises a result", (Decision.REMOVE,)),
    Reason("result_misleads", "A pair of results misleads, or shows who somebody is", (Decision.REMOVE,)),
    Reason("identity_not_confirmed", "The business or a person is not who they say", _NOT_YET, "clinic"),
    Reason("business_not_proved", "Registration, licence or insurance is not proved", _NOT_YET, "business"),
    Reason("danger_to_clients", "Clients may be in danger", _GRAVE, "clinic"),
    Reason("fake_reviews", "Reviews were made up, bought or held back", _GRAVE, "clinic"),
    Reason("review_not_fitting", "A review is offensive, or names a person", (Decision.REMOVE,)),
    Reason("visit_took_place", "The visit took place", (Decision.DISMISS,)),
    Reason("visit_not_shown", "The visit did not take place", (Decision.REMOVE,)),
    Reason("problem_solved", "What was wrong has been put right", (Decision.RESTORE, Decision.DISMISS)),
    Reason("report_unfounded", "Nothing was found against the rules", (Decision.DISMISS, Decision.RESTORE)),
    Reason("decision_was_wrong", "The first decision was wrong, or is no longer right", (Decision.APPROVE,)),
    Reason("decision_was_right", "The first decision was right", (Decision.REJECT,)),
    Reason("taken_back", "The clinic took it back", ()),
    Reason("other", "Another reason, said in the message", tuple(Decision), "clinic"),
)

_REASON_BY_CODE = {reason.code: reason for reason in REASONS}

REPORT_REASONS: tuple[tuple[str, str], ...] = (
    ("wrong_facts", "Facts on the page are wrong"),
    ("credential_doubt", "I doubt a credential"),
    ("unsafe", "I saw or felt something unsafe"),
    ("not_sterile", "Equipment was not sterile"),
    ("fake_review", "A review looks made up"),
    ("offensive", "A text is offensive or names a person"),
    ("price_differs", "The price was not the one shown"),
    ("picture", "A picture shows a client, or is not of this clinic"),
    ("result", "Photos before and after mislead, or show who somebody is"),
    ("other", "Something else"),
)
FLAG_REASONS: tuple[tuple[str, str], ...] = tuple(
    (code, name)
    for code, name in REPORT_REASONS
    if code in {"fake_review", "offensive", "wrong_facts", "other"}
)
_REPORT_CODES = frozenset(code for code, _ in REPORT_REASONS)

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


# What the two decisions on an appeal are called, where they differ from the others' names.
APPEAL_DECISIONS: tuple[DecisionName, ...] = (
    DecisionName(Decision.APPROVE, "Grant the appeal", "appeal granted"),
    DecisionName(Decision.REJECT, "The decision stands", "appeal turned down"),
)


# And those on a visit that the client says took place and the clinic contests.
VISIT_DECISIONS: tuple[DecisionName, ...] = (
    DecisionName(Decision.DISMISS, "The visit took place", "visit took place"),
    DecisionName(Decision.REMOVE, "The visit did not take place", "visit did not take place"),
)
_DECISIONS_OF = {CaseKind.APPEAL: APPEAL_DECISIONS, CaseKind.VISIT_CONTESTED: VISIT_DECISIONS}


def decisions_of(kind: CaseKind) -> tuple[DecisionName, ...]:
    """Decisions with their names for a kind of case."""
    return _DECISIONS_OF.get(kind, DECISIONS)


# What a review alone can be removed for: the other reasons are about the clinic.
_OF_REVIEWS = frozenset({"fake_reviews", "review_not_fitting", "problem_solved", "report_unfounded", "other"})
_OF_VISITS = frozenset({"visit_took_place", "visit_not_shown", "other"})
_OF_ONE_KIND = frozenset({"review_not_fitting", "visit_took_place", "visit_not_shown"})


def reasons_of(kind: CaseKind) -> tuple[Reason, ...]:
    """Reasons offered for a kind of case."""
    if kind is CaseKind.REVIEW_FLAGGED:
        return tuple(reason for reason in REASONS if reason.code in _OF_REVIEWS)
    if kind is CaseKind.VISIT_CONTESTED:
        return tuple(reason for reason in REASONS if reason.code in _OF_VISITS)
    return tuple(reason for reason in REASONS if reason.code not in _OF_ONE_KIND)


def reason_of(code: str) -> Reason:
    """The reason of that code. Raises `KeyError`."""
    return _REASON_BY_CODE[code]


def decision_name(code: str, kind: CaseKind = CaseKind.NEW_LISTING) -> str:
    """A decision in words of something decided: `approved`. Raises `KeyError`."""
    return {decision.code: decision.past for decision in decisions_of(kind)}[code]


class ChangePoint(Input):
    """One point of requested changes: which field, and what to do there."""

    model_config = ConfigDict(extra="forbid")
    field: Annotated[str, Line(min_length=1, max_length=80)] = Field(examples=["sterilisation_protocol"])
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Decide(Input):
    """A moderator's decision. Requested changes without points become one point at the reason's field."""

    decision: Decision = Field(description="A code of the catalogue's `decisions`.", examples=["approve"])
    reason: str = Field(description="A code of the catalogue's `reasons`.", examples=["meets_requirements"])
    checked_against: Annotated[str, Line(min_length=1, max_length=300)] = Field(
        default="evidence uploaded", description="What credentials were checked against; with an approval."
    )
    changes: list[ChangePoint] = Field(default_factory=list, max_length=30)
    message: Words = Field(
        default="",
        validate_default=True,
        description="Words for the clinic; needed for everything but an approval.",
        examples=["Welcome."],
    )

    @field_validator("reason")
    @classmethod
    def known_reason(cls, value: str) -> str:
        if value not in _REASON_BY_CODE:
            raise ValueError("Choose a reason from the list.")
        return value

    @field_validator("message")
    @classmethod
    def words_where_needed(cls, value: str, info: ValidationInfo) -> str:
        decision = info.data.get("decision")
        wordless = {None, Decision.APPROVE, Decision.RESTORE, Decision.DISMISS}
        if decision not in wordless and not value and not info.data.get("changes"):
            raise ValueError("Say in words what is wrong and what to do; the clinic reads it.")
        return value

    @property
    def points(self) -> list[dict[str, str]]:
        """The changes asked for, at least one."""
        if self.changes:
            return [point.model_dump() for point in self.changes]
        reason = reason_of(self.reason)
        return [{"field": reason.field or "clinic", "message": self.message}]


class Report(Input):
    """What somebody tells the moderators: about a clinic, or one of its reviews, pictures or results."""

    review_id: UUID | None = Field(default=None, description="The review, instead of the clinic.")
    picture_id: UUID | None = Field(default=None, description="The picture of the clinic that it is about.")
    result_id: UUID | None = Field(default=None, description="The pair of results that it is about.")
    slug: Annotated[str, Line(max_length=120)] | None = Field(
        default=None, validate_default=True, description="The clinic's slug."
    )
    reason: str = Field(
        description="One of " + ", ".join(code for code, _ in REPORT_REASONS), examples=["unsafe"]
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)] = Field(
        examples=["The roller was taken out of an open drawer."]
    )
    email: Annotated[str, Line(max_length=254)] = Field(
        default="", description="Where we may ask back; seen by moderators alone."
    )
    language: Language = Field(default="en", description="What who reported it is answered in.")

    @field_validator("result_id")
    @classmethod
    def one_thing(cls, value: UUID | None, info: ValidationInfo) -> UUID | None:
        if value is not None and (info.data.get("review_id") or info.data.get("picture_id")):
            raise ValueError("Report one thing at a time.")
        return value

    @field_validator("reason")
    @classmethod
    def known_reason(cls, value: str) -> str:
        if value not in _REPORT_CODES:
            raise ValueError("Choose a reason from the list.")
        return value

    @field_validator("slug")
    @classmethod
    def about_something(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("review_id") is None:
            raise ValueError("Say what it is about: a clinic's slug or a review's id.")
        return value


class Flag(Input):
    """Why a clinic asks the moderators to look at a review."""

    reason: str = Field(description="One of " + ", ".join(code for code, _ in FLAG_REASONS))
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]

    @field_validator("reason")
    @classmethod
    def known_reason(cls, value: str) -> str:
        if value not in dict(FLAG_REASONS):
            raise ValueError("Choose a reason from the list.")
        return value


class Appeal(Input):
    """Why a decision is wrong, in the words of whom it concerns."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class CaseQuery(Input):
    """Which cases to list, oldest promise first. `clinic` is part of a clinic's name."""

    state: CaseState | None = None
    kind: CaseKind | None = None
    clinic: Annotated[str, Line(max_length=120)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Line()] | None = None


class AuditQuery(Input):
    """Which audit events to list, newest first; days are in UTC, both included.

    `actor` is an account's id or e-mail, or part of a name; `subject` an id, or a kind of thing (`case`, `clinic`);
    `action` an action (`case.decided`) or the first part of it (`case`).
    """

    actor: Annotated[str, Line(max_length=254)] = ""
    action: Annotated[str, Line(max_length=80)] = ""
    subject: Annotated[str, Line(max_length=80)] = ""
    from_on: date | None = None
    to_on: date | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Line()] | None = None


class CaseView(BaseModel):
    """A case with its clock. `due_in_seconds` is negative once the promise is broken."""

    id: UUID
    kind: CaseKind
    state: CaseState
    clinic_id: UUID
    subject_id: UUID
    slug: str
    title: str
    detail: dict[str, Any]
    opened_at: datetime
    promised_by: datetime
    due_in_seconds: int
    claimed_by: UUID | None
    claimed_at: datetime | None
    decision: Decision | None
    reason: str | None
    message: str | None
    decided_by: UUID | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class AppealPage:
    """A decision and, once there is one, the appeal against it."""

    case: CaseView
    appeal: CaseView | None


@dataclass(frozen=True, slots=True)
class KindFigures:
    """One kind of case: waiting, past their promise, since when the oldest waits, decided, undone on appeal."""

    kind: str
    waiting: int = 0
    overdue: int = 0
    oldest_at: datetime | None = None
    decided: int = 0
    reversed: int = 0


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How the queue stands: cases by state, the oldest promise, how long decisions took (median hours)."""

    open: int
    claimed: int
    overdue: int
    decided: int
    oldest_promise: datetime | None
    median_hours: float | None
    decisions: dict[str, int] = field(default_factory=dict)
    kinds: tuple[KindFigures, ...] = ()
