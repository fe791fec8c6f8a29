"""The guide, concern by concern: facts with the source named in the text, never a promise of a result.

Texts are English message ids; the templates translate them (`_`), and `gettext_noop` marks them for
the catalogue. No per cent sign stands in a text, since a catalogue may read it as a placeholder.
"""

from __future__ import annotations

from dataclasses import dataclass


def gettext_noop(text: str) -> str:
    """Marks a text for the catalogue's extraction and gives it back unchanged."""
    return text


N_ = gettext_noop


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement and where it comes from."""

    statement: str
    source: str


@dataclass(frozen=True, slots=True)
class Course:
    """A usual course, for the drawing: sessions, days between them, earliest and latest day that suits."""

    sessions: int
    target_days: int
    min_days: int
    max_days: int

    @property
    def timeline(self) -> list[dict[str, object]]:
        """The sessions as the course drawing takes them, in days from the first."""
        points: list[dict[str, object]] = [{"day": 0}]
        for number in range(1, self.sessions):
            before = (number - 1) * self.target_days
            window = (before + self.min_days, before + self.max_days)
            points.append({"day": number * self.target_days, "window": window})
        return points

    @property
    def last_day(self) -> int:
        """The day of the last session, counted from the first."""
        return (self.sessions - 1) * self.target_days


@dataclass(frozen=True, slots=True)
class Concern:
    """A page of the guide. `code` is the catalogue's code, which the search takes."""

    code: str
    name: str
    short: str
    what: str
    how: str
    evidence: tuple[Evidence, ...]
    sessions: Evidence
    downtime: Evidence
    ask: tuple[str, ...]
    course: Course

    @property
    def slug(self) -> str:
        """The code as it stands in an address."""
        return self.code.replace("_", "-")


FDA = N_("US Food and Drug Administration, page on microneedling devices")
STUDIES = N_("median of published acne-scar studies")
CLINICS = N_("what clinics publish about their own courses; a weak source")
LABEL = N_("device labels in the FDA 510(k) database")
GENERAL = N_("general patient information on micro-needling")

DOWNTIME = Evidence(
    N_(
        "One to three days. Nothing on the skin for the first 6 to 8 hours, then redness for "
        "a day or two, sometimes flaking on days 3 to 5. Leave out make-up, active creams and"
        " sweat for 48 to 72 hours."
    ),
    CLINICS,
)
FOUR_TO_SIX = Evidence(N_("Most people need 4 to 6 sessions to see a difference."), GENERAL)

COST_SOURCE = N_(
    "Consumer price pages, 2026. The UK course is 4 to 6 times the session. Weak sources:"
    " ask for the price of the whole course."
)
COST_ROWS: tuple[tuple[str, str, str], ...] = (
    (N_("One session of micro-needling"), N_("$100 to $700"), N_("£100 to £700")),
    (N_("A course of 4 to 6 sessions"), N_("$400 to $4,200"), N_("£400 to £4,200")),
    (
        N_("One session of fractional laser"),
        N_("$800 to $2,500, often five sessions"),
        N_("£500 to £3,000 (ablative)"),
    ),
)

CONCERNS: tuple[Concern, ...] = (
    Concern(
        code="acne_scars",
        name=N_("Acne scars"),
        short=N_("Dents left after acne has healed."),
        what=N_(
            "When acne heals, the skin may rebuild with too little collagen and a dent stays. "
            "Dents can be narrow and deep, wide with steep edges, or rolling. Active acne is "
            "another matter: it is treated first."
        ),
        how=N_(
            "The needles make many small channels. As they close, the skin lays down new "
            "collagen, and shallow dents may become less deep over months."
        ),
        evidence=(
            Evidence(
                N_(
                    "Facial acne scars are a use that the FDA has cleared for some devices, at age 22 and"
                    " over."
                ),
                FDA,
            ),
            Evidence(
                N_(
                    "SkinPen is cleared for facial acne scars in all skin types; PRO Pen for facial acne "
                    "scars."
                ),
                LABEL,
            ),
            Evidence(
                N_("Studies used a median of 3 sessions, 4 weeks apart, at a depth of 1.5 mm."), STUDIES
            ),
        ),
        sessions=Evidence(N_("3 to 6 sessions, 4 to 6 weeks apart."), CLINICS),
        downtime=DOWNTIME,
        ask=(
            N_("Which kind of acne scar do I have, and which of them respond least?"),
            N_("Is your device cleared for acne scars?"),
            N_("I have active spots: should we wait?"),
        ),
        course=Course(4, 28, 28, 42),
    ),
    Concern(
        code="scars",
        name=N_("Scars"),
        short=N_("From surgery, injury or burns."),
        what=N_(
            "A scar is skin that was rebuilt after a wound. It may be flat, sunken or raised. "
            "Raised scars that grow beyond the wound (keloids) are a reason not to needle without"
            " a clinician's advice."
        ),
        how=N_(
            "Needling loosens and rebuilds the scar's collagen a little at each session, so that "
            "the scar may become flatter or softer."
        ),
        evidence=(
            Evidence(N_("Abdominal scars are a use that the FDA has cleared for some devices."), FDA),
            Evidence(
                N_(
                    "For other scars on the body most devices are used off label. A clinic here says so "
                    "in its listing."
                ),
                LABEL,
            ),
        ),
        sessions=FOUR_TO_SIX,
        downtime=DOWNTIME,
        ask=(
            N_("How old must a scar be before you needle it?"),
            N_("Have I, or has my family, ever had a keloid?"),
            N_("Is this area on your device's label?"),
        ),
        course=Course(5, 35, 28, 42),
    ),
    Concern(
        code="fine_lines",
        name=N_("Fine lines and wrinkles"),
        short=N_("Around the eyes, the mouth, on the neck."),
        what=N_(
            "Skin makes less collagen and elastin with age and sun. Lines appear first where the "
            "face moves most and the skin is thin."
        ),
        how=N_("New collagen may make fine lines less deep. Deep folds change little."),
        evidence=(
            Evidence(
                N_(
                    "Facial wrinkles are a use that the FDA has cleared for some devices, at age 22 and over."
                ),
                FDA,
            ),
            Evidence(
                N_(
                    "SkinPen is cleared for neck wrinkles in skin types II to IV; Exceed and Rejuvapen "
                    "NXT for lines of the face."
                ),
                LABEL,
            ),
        ),
        sessions=Evidence(N_("3 to 6 sessions, 4 weeks apart."), CLINICS),
        downtime=DOWNTIME,
        ask=(
            N_("Which of my lines may change, and which will not?"),
            N_("Have I had filler or toxin lately, and how long should I wait?"),
            N_("How deep will you needle near the eyes?"),
        ),
        course=Course(4, 28, 28, 42),
    ),
    Concern(
        code="enlarged_pores",
        name=N_("Enlarged pores"),
        short=N_("Openings that look wide, often on nose and cheeks."),
        what=N_(
            "Pores look wider when they make more oil and when the skin around them has lost "
            "firmness. Their size is partly inherited."
        ),
        how=N_("Firmer skin around a pore may make it look smaller. Pores cannot be closed."),
        evidence=(
            Evidence(
                N_(
                    "Patient pages name enlarged pores among what micro-needling is used for. Trials are "
                    "few and small."
                ),
                GENERAL,
            ),
            Evidence(N_("No device is cleared for pores by name: this use is off label."), LABEL),
        ),
        sessions=FOUR_TO_SIX,
        downtime=DOWNTIME,
        ask=(
            N_("What else could help, such as a cream with a retinoid?"),
            N_("How will we see whether it worked?"),
        ),
        course=Course(4, 28, 28, 42),
    ),
    Concern(
        code="hyperpigmentation",
        name=N_("Dark spots"),
        short=N_("Patches darker than the skin around them."),
        what=N_(
            "Dark spots (hyperpigmentation) come from sun, hormones or healed spots. The cause "
            "decides the treatment, so a doctor should have seen a spot that is new or changing."
        ),
        how=N_(
            "Needling renews the upper skin without heat. A laser's heat can itself disturb "
            "pigment, which matters most in darker skin."
        ),
        evidence=(
            Evidence(N_("Patient pages name dark spots among what micro-needling is used for."), GENERAL),
            Evidence(
                N_("Lasting dark spots are also a known side effect, so after-sun care counts."), GENERAL
            ),
            Evidence(N_("No device is cleared for pigment by name: this use is off label."), LABEL),
        ),
        sessions=FOUR_TO_SIX,
        downtime=DOWNTIME,
        ask=(
            N_("What causes my spots, and who has diagnosed them?"),
            N_("How many people with my skin colour have you treated?"),
            N_("Which sunscreen, and for how long?"),
        ),
        course=Course(4, 28, 28, 42),
    ),
    Concern(
        code="uneven_tone",
        name=N_("Uneven tone"),
        short=N_("Redness and patches without a clear edge."),
        what=N_("Colour that differs from place to place: redness left by spots, the marks of sun."),
        how=N_("The skin's surface renews itself after each session, and small differences may even out."),
        evidence=(
            Evidence(
                N_(
                    "Patient pages name uneven tone among what micro-needling is used for. Trials are few"
                    " and small."
                ),
                GENERAL,
            ),
            Evidence(N_("No device is cleared for tone by name: this use is off label."), LABEL),
        ),
        sessions=FOUR_TO_SIX,
        downtime=DOWNTIME,
        ask=(
            N_("Could my redness be rosacea or another condition that needs a doctor?"),
            N_("What can I do with sunscreen alone?"),
        ),
        course=Course(4, 28, 28, 42),
    ),
    Concern(
        code="elasticity",
        name=N_("Elasticity"),
        short=N_("Skin that has become slack."),
        what=N_(
            "Elastin lets skin spring back. There is less of it with age, after much sun, and "
            "after weight is lost."
        ),
        how=N_(
            "The small wounds make the body build collagen and elastin. Slack skin with much "
            "surplus needs something else."
        ),
        evidence=(
            Evidence(N_("Patient pages name elasticity among what micro-needling is used for."), GENERAL),
            Evidence(
                N_(
                    "New collagen forms from about day 14 to day 28 after a session; the best result is "
                    "seen 3 to 6 months after the last."
                ),
                GENERAL,
            ),
        ),
        sessions=FOUR_TO_SIX,
        downtime=DOWNTIME,
        ask=(
            N_("How much change have your own clients reported?"),
            N_(
                "Would RF needling be proposed? It has its own risks: the FDA warned in October 2025 "
                "of burns, scars, fat loss and nerve damage."
            ),
        ),
        course=Course(5, 28, 28, 42),
    ),
    Concern(
        code="stretch_marks",
        name=N_("Stretch marks"),
        short=N_("On stomach, thighs, arms or back."),
        what=N_(
            "Skin that stretched faster than it could grow. New marks are red or purple, old ones"
            " pale. Many people leave them as they are."
        ),
        how=N_(
            "Needling rebuilds collagen in the mark. It may become narrower or closer in colour; "
            "it does not disappear."
        ),
        evidence=(
            Evidence(
                N_(
                    "Vendor charts name depths of 1.5 to 2.0 mm for stretch marks; above 1.5 mm some "
                    "devices have not been evaluated."
                ),
                LABEL,
            ),
            Evidence(N_("No device is cleared for stretch marks by name: this use is off label."), LABEL),
        ),
        sessions=Evidence(N_("4 to 8 sessions, 4 to 6 weeks apart."), CLINICS),
        downtime=DOWNTIME,
        ask=(
            N_("How deep will you needle, and has your device been evaluated at that depth?"),
            N_("What does the whole area cost?"),
            N_("Am I pregnant or nursing? Then this waits."),
        ),
        course=Course(6, 35, 28, 42),
    ),
    Concern(
        code="hair_loss",
        name=N_("Hair loss"),
        short=N_("Thinning hair on the scalp (alopecia)."),
        what=N_(
            "Hair thins for many reasons: inheritance, hormones, illness, medicines. A doctor "
            "should find the cause before anything else."
        ),
        how=N_(
            "Needling the scalp is used beside medicines that a doctor prescribes. It is an "
            "addition to treatment, not a replacement."
        ),
        evidence=(
            Evidence(
                N_("Patient pages name hair growth in alopecia among what micro-needling is used for."),
                GENERAL,
            ),
            Evidence(N_("No device is cleared for hair by name: this use is off label."), LABEL),
        ),
        sessions=FOUR_TO_SIX,
        downtime=Evidence(
            N_(
                "One to three days of tenderness. No hair colour, hats that rub, or sweat for 48 to 72 hours."
            ),
            CLINICS,
        ),
        ask=(
            N_("Which kind of hair loss do I have, and who has diagnosed it?"),
            N_("Will you use a medicine with it? Who prescribes it?"),
        ),
        course=Course(6, 28, 28, 42),
    ),
)

BY_CODE: dict[str, Concern] = {concern.code: concern for concern in CONCERNS}


def find_concern(slug: str) -> Concern | None:
    """The concern of an address part or a code ('acne-scars', 'acne_scars'), or None."""
    return BY_CODE.get(slug.replace("-", "_"))
