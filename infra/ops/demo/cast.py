"""Who and what is in the demo world. None of these people, clinics or numbers exists; the cities do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Town:
    """A real city with what differs by place: country, money, who registers doctors and who everybody else.

    Telephone numbers begin as those that are kept free for fiction: Ofcom's "Telephone numbers for use in TV and radio
    drama programmes", and 555-0100 to 555-0199 of the North American plan.
    """

    city: str
    country: str
    currency: str
    jurisdiction: str
    of_doctors: str
    of_others: str
    session_price: int
    streets: tuple[str, str, str]
    phone: str


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner: name, title, kind of credential, the year of the first needling."""

    name: str
    title: str
    kind: str
    since: int


@dataclass(frozen=True, slots=True)
class House:
    """A clinic: its town, its people, the templates on its menu, how well it does (1 to 5), its languages."""

    name: str
    town: str
    people: tuple[Person, ...]
    menu: tuple[str, ...]
    quality: float
    languages: tuple[str, ...] = ("en",)
    description: str = ""


TOWNS = {
    "london": Town(
        "London", "GB", "GBP", "United Kingdom", "GMC", "NMC", 220_00,
        ("14 Marylebone Lane", "88 Upper Street", "3 Bermondsey Square"), "+44 20 7946 01",
    ),
    "leeds": Town(
        "Leeds", "GB", "GBP", "United Kingdom", "GMC", "NMC", 150_00,
        ("21 Park Square East", "7 Otley Road", "40 Call Lane"), "+44 113 496 01",
    ),
    "austin": Town(
        "Austin", "US", "USD", "Texas, US", "Texas Medical Board", "Texas Board of Nursing", 310_00,
        ("1204 South Congress Avenue", "508 West 12th Street", "2200 East Cesar Chavez Street"), "+1 512 555 01",
    ),
    "chicago": Town(
        "Chicago", "US", "USD", "Illinois, US", "Illinois IDFPR", "Illinois IDFPR", 340_00,
        ("845 West Randolph Street", "1550 North Wells Street", "2738 West Division Street"), "+1 312 555 01",
    ),
}  # fmt: skip

_D, _RN, _NP, _PA, _LA = (
    "dermatologist",
    "registered_nurse",
    "nurse_practitioner",
    "physician_assistant",
    "licensed_aesthetician",
)
DOCTORS = frozenset({"dermatologist", "physician"})
_FACE, _SCALP, _BODY, _PORES, _LINES = (
    "acne_scars",
    "hair_loss",
    "stretch_marks",
    "enlarged_pores",
    "fine_lines",
)

HOUSES: tuple[House, ...] = (
    House("Linden Skin", "london", (Person("Dr Amara Osei", "Consultant dermatologist", _D, 2014),
          Person("Ruth Calloway", "Aesthetic nurse", _RN, 2017)), (_FACE, _LINES, _SCALP), 4.7, ("en", "fr"),
          "A dermatologist's practice. Every plan begins with a look at the skin in daylight."),
    House("Northlight Clinic", "london", (Person("Ines Duarte", "Independent prescriber", _RN, 2018),), (_LINES, _PORES), 4.2,
          ("en", "pt"), "Two quiet rooms above the street. One client an hour, never two."),
    House("Bermondsey Dermal", "london", (Person("Dr Tom Ashdown", "Physician", "physician", 2016),
          Person("Priya Nair", "Aesthetic nurse", _RN, 2019)), (_FACE, _BODY), 4.4, ("en", "hi"),
          "Scars are most of what we do: acne, surgery, stretch marks."),
    House("Park Square Skin", "leeds", (Person("Helen Marsh", "Aesthetic nurse", _RN, 2015),
          Person("Josh Whitaker", "Nurse practitioner", _NP, 2019)), (_FACE, _LINES), 4.8, ("en",),
          "Nurse-led since 2015. We photograph at each visit, in the same light."),
    House("Otley Road Aesthetics", "leeds", (Person("Farah Iqbal", "Aesthetic nurse", _RN, 2020),), (_PORES, _LINES), 4.0,
          ("en", "ur"), "A small clinic near the university, open late on Thursdays."),
    House("Aire Dermatology", "leeds", (Person("Dr Grace Lowell", "Dermatologist", _D, 2012),), (_FACE, _SCALP), 4.6,
          ("en",), "Medical dermatology with a needling clinic twice a week."),
    House("South Congress Skin", "austin", (Person("Dr Elena Vargas", "Dermatologist", _D, 2013),
          Person("Megan Holt", "Physician assistant", _PA, 2017)), (_FACE, _LINES, _BODY), 4.7, ("en", "es"),
          "A dermatologist sees every new client; sessions are with her or her physician assistant."),
    House("Twelfth Street Derm", "austin", (Person("Caleb Nguyen", "Nurse practitioner", _NP, 2018),), (_SCALP, _LINES), 4.3,
          ("en", "vi"), "Hair and scalp first; faces too, on the two afternoons that are left."),
    House("East Side Needling", "austin", (Person("Dana Fields", "Licensed aesthetician", _LA, 2019),), (_PORES, _LINES), 3.9,
          ("en", "es"), "Shallow treatments within an aesthetician's scope, and we say where it ends."),
    House("Fulton Skin Institute", "chicago", (Person("Dr Samuel Adeyemi", "Dermatologist", _D, 2011),
          Person("Olivia Brandt", "Registered nurse", _RN, 2016)), (_FACE, _SCALP, _LINES), 4.8, ("en", "pl"),
          "Richly pigmented skin is our daily work: depth and interval are chosen for it."),
    House("Old Town Dermal", "chicago", (Person("Karen Lindqvist", "Nurse practitioner", _NP, 2017),), (_LINES, _PORES), 4.1,
          ("en",), "Evening appointments, plain prices, no packages you do not need."),
    House("Humboldt Skin Room", "chicago", (Person("Luis Ortega", "Registered nurse", _RN, 2018),), (_FACE, _BODY), 4.4,
          ("en", "es"), "A nurse's own practice, with a dermatologist two doors down."),
)  # fmt: skip

WAITING = House(
    "Riverside Skin Studio", "leeds", (Person("Beth Hargreaves", "Aesthetic nurse", _RN, 2021),), (_LINES, _PORES), 4.2,
    ("en",), "Opening this month: one treatment room, one nurse, a diary with room in it.",
)  # fmt: skip

CLIENTS = (
    "Nora Whitfield", "Theo Marchetti", "Leila Haddad", "Owen Prichard", "Maya Lindgren", "Samir Patel",
    "Clara Johansson", "Diego Ramos", "Aisha Bello", "Hannah Brooks", "Victor Novak", "June Park",
    "Rosa Delgado", "Ewan Fraser", "Ingrid Solberg", "Malik Johnson", "Tessa Grant", "Yusuf Demir",
)  # fmt: skip

REMARKS = {
    5: ("Explained each step before it happened. The shallow scars on my cheeks are softer after the third visit.",
        "On time, clean, and honest about what it can and cannot do. Red for two days, as I was told.",
        "I was asked about my skin for twenty minutes before anyone touched it. That is why I stayed."),
    4: ("Good care and clear prices. The numbing took longer than planned, so I was late back at work.",
        "Pores look smaller in photographs; in the mirror I am less sure. The people are kind and careful.",
        "Redness went in three days instead of two. Otherwise as described."),
    3: ("Fine, but I expected more after three sessions. They did say that it can take five.",
        "The treatment was careful; the waiting was long and nobody said why."),
    2: ("Flaking for a week, and my question by e-mail was answered only on the third day.",
        "Too little time to ask anything. The result may still come."),
}  # fmt: skip
