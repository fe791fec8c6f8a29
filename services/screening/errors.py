"""What screening refuses."""

from __future__ import annotations

from services.kernel.errors import Refusal


class ScreeningNotNow(Refusal):
    """An answer means that this is not the time. `because` says which and why, `ask_again_on` (local date) when."""

    status = 403
    code = "screening-not-now"
    message = "From what you answered, now is not the time for this treatment. Nothing was booked or kept."


class ConsentWithdrawn(Refusal):
    code = "consent-withdrawn"
    message = "The client has withdrawn the consent to treatment. They have to give it again first."
