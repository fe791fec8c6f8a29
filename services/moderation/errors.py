"""Facts that moderation refuses with."""

from __future__ import annotations

from services.kernel.errors import NotAllowed, Refusal


class ChecklistIncomplete(Refusal):
    """The clinic's checklist has points left; `missing` names them."""

    code = "checklist-incomplete"
    message = "Some points of the checklist are still missing."


class EmailNotProved(NotAllowed):
    code = "email-not-verified"
    message = "Open the link in the message we sent you first: your e-mail address is not proved yet."


class AlreadyDecided(Refusal):
    code = "already-decided"
    message = "This case is decided."


class ClaimedByAnother(Refusal):
    code = "claimed-by-another"
    message = "Another moderator has taken this case."


class OwnClinic(NotAllowed):
    """Nobody judges the clinic they work for."""

    code = "own-clinic"
    message = "You work for this clinic, so another moderator decides its cases."


class DecisionDoesNotFit(Refusal):
    """A decision that this kind of case, or the clinic's present state, has no room for."""

    code = "decision-does-not-fit"
    message = "This decision is not possible for this case."


class NotTaken(Refusal):
    code = "not-taken"
    message = "You have not taken this case, so there is nothing to give back."


class OwnDecision(NotAllowed):
    """An appeal is decided by somebody else."""

    code = "own-decision"
    message = "The appeal is against your own decision, so another moderator decides it."


class AlreadyAppealed(Refusal):
    code = "already-appealed"
    message = "We have your appeal. Another moderator looks at it."


class NoAppeal(Refusal):
    """The decision cannot be appealed: it harms nobody, or its thirty days are over."""

    code = "no-appeal"
    message = "There is nothing to appeal here, or the time for it is over."


class AlreadyFlagged(Refusal):
    code = "already-flagged"
    message = "You have told the moderators about this review; they look at it."
