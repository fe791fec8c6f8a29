"""What people say of their visits: ratings around how well a clinic does, and words that go with them."""

from __future__ import annotations

from infra.ops.seed.chance import Chance
from services.reviews.schemas import RATINGS

_LEAN = {"result": -0.1, "comfort": -0.05, "cleanliness": 0.25, "explanation": 0.1, "value": -0.2}
_A_BAD_DAY, _SILENT = 0.05, 0.3
_MOST, _LEAST = 5, 1

_BEGINS: dict[int, tuple[str, ...]] = {
    5: (
        "Explained each step before it happened.",
        "On time, clean, and honest about what it can and cannot do.",
        "I was asked about my skin for twenty minutes before anyone touched it.",
        "Calm from the first minute to the last.",
        "They said what it would cost for the whole course, and that is what it cost.",
        "I came with a lot of questions and left with answers.",
        "The numbing was given all the time it needed.",
        "Careful hands, and they kept asking how it felt.",
    ),
    4: (
        "Good care and clear prices.",
        "Kind and careful people.",
        "As described, with small things that could be better.",
        "A thorough first talk and a clean room.",
        "I would go again.",
        "Well explained, a little rushed at the end.",
    ),
    3: (
        "Fine, but I expected more.",
        "The treatment was careful; the waiting was long and nobody said why.",
        "Neither bad nor special.",
        "The person was good, the organisation less so.",
    ),
    2: (
        "Too little time to ask anything.",
        "My question by e-mail was answered only on the third day.",
        "It hurt more than I had been told.",
        "I felt like the next number in a row.",
    ),
    1: (
        "I would not go back.",
        "The appointment was moved twice on the day.",
        "Nobody could tell me who would treat me until I was in the chair.",
    ),
}
_ENDS: dict[int, tuple[str, ...]] = {
    5: (
        "Red for two days, as I was told.",
        "The shallow scars on my cheeks are softer after the third visit.",
        "Photographs in the same light show a difference that I had not dared to hope for.",
        "That is why I stayed.",
        "My skin feels smoother, and I know what to do until the next session.",
        "The notes for the days after were exactly what I needed.",
    ),
    4: (
        "Redness went in three days instead of two.",
        "The numbing took longer than planned, so I was late back at work.",
        "Pores look smaller in photographs; in the mirror I am less sure.",
        "Too early to judge the result, but so far so good.",
        "Parking is hard, the tram is easy.",
    ),
    3: (
        "They did say that it can take five sessions.",
        "After two sessions I cannot say whether it helps.",
        "The price is on the high side for what it is.",
        "I may try another clinic for the next course.",
    ),
    2: (
        "Flaking for a week.",
        "The result may still come.",
        "The price was not what the page said, and I had to ask for it to be put right.",
    ),
    1: (
        "I asked for a call and none came.",
        "Sore for six days, with no word of advice.",
        "I stopped after the first session.",
    ),
}
_REPLIES = (
    "Thank you for writing this down. We have talked about it in the team.",
    "Thank you. It is good to hear how the days after were for you.",
    "We are sorry about the wait. Since then we leave more time between visits.",
    "Please write to us at any time between sessions: we answer the same day.",
)


def ratings_of(chance: Chance, quality: float) -> dict[str, int]:
    """Five ratings that belong together: mostly like the clinic, once in a while a bad day."""
    mood = chance.gauss(2.2, 0.7) if chance.happens(_A_BAD_DAY) else chance.gauss(quality + 0.15, 0.55)
    return {
        name: max(_LEAST, min(_MOST, round(mood + _LEAN[name] + chance.gauss(0, 0.35)))) for name in RATINGS
    }


def words_of(chance: Chance, star: int) -> str:
    """One or two sentences, or none: three in ten say nothing."""
    if chance.happens(_SILENT):
        return ""
    begin = chance.choice(_BEGINS[star])
    return begin if chance.happens(0.3) else f"{begin} {chance.choice(_ENDS[star])}"


def reply_of(chance: Chance, star: int) -> str | None:
    """What the clinic answers: seldom to praise, more often to what was hard."""
    return chance.choice(_REPLIES) if chance.happens(0.12 if star >= 4 else 0.5) else None  # noqa: PLR2004
