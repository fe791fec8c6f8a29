"""Words that names, streets and descriptions are made of. None of the people or clinics exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What people and streets are called in a country."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    number_last: bool = False


def _list(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(","))


_ENGLISH_FIRST = _list(
    "Amelia, Olivia, Grace, Hannah, Ruth, Helen, Priya, Aisha, Farah, Naomi, Clara, Ingrid, Leila, Maya, Tessa, June, "
    "Rosa, Nora, Esther, Fiona, Bridget, Carmen, Dana, Ines, Joan, Karen, Lucy, Miriam, Nadia, Paula, Rachel, Sonia, "
    "Theo, Owen, Samir, Victor, Ewan, Malik, Yusuf, Caleb, Daniel, Elias, Felix, George, Hugo, Isaac, James, Kofi, "
    "Liam, Martin, Noah, Oscar, Patrick, Ravi, Simon, Thomas, Wei, Adam, Benjamin, David, Jonas, Marcus, Peter, Ana"
)
_ENGLISH_LAST = _list(
    "Ashdown, Bello, Brandt, Brooks, Calloway, Carter, Chen, Coleman, Delgado, Demir, Doyle, Ellis, Farrow, Fields, "
    "Fraser, Grant, Haddad, Hale, Hargreaves, Hassan, Holt, Hughes, Iqbal, Johansson, Johnson, Kaur, Kelly, Khan, "
    "Lindgren, Lowell, Lynch, Marsh, Mensah, Morgan, Nair, Nguyen, Novak, Okafor, Ortega, Osei, Park, Patel, Prichard, "
    "Quinn, Ramos, Reyes, Rossi, Sato, Shah, Silva, Solberg, Stone, Tanaka, Turner, Vargas, Walsh, Ward, Whitaker, Wong"
)
ENGLISH = Words(
    _ENGLISH_FIRST,
    _ENGLISH_LAST,
    _list(
        "High Street, Station Road, Church Lane, Mill Lane, Queen Street, Park Road, Victoria Road, Bridge Street, "
        "Market Square, Castle Street, Albert Street, North Parade, Orchard Road, Kings Road, West Street, New Street"
    ),
)
AMERICAN = Words(
    _ENGLISH_FIRST,
    _ENGLISH_LAST,
    _list(
        "Main Street, Oak Avenue, Maple Street, Cedar Avenue, Washington Street, Lake Street, Elm Street, Park Avenue, "
        "Second Street, River Road, Sunset Boulevard, Union Street, Walnut Street, Highland Avenue, Mission Street"
    ),
)
SPANISH = Words(
    _list(
        "Lucía, María, Paula, Carmen, Elena, Marta, Sara, Laura, Irene, Alba, Nuria, Rocío, Inés, Teresa, Pilar, Ana, "
        "Hugo, Pablo, Javier, Álvaro, Diego, Daniel, Sergio, Andrés, Miguel, Raúl, Jorge, Iván, Tomás, Luis, Marcos"
    ),
    _list(
        "García, Martín, Sánchez, Romero, Navarro, Torres, Domínguez, Vázquez, Ramos, Gil, Serrano, Blanco, Molina, "
        "Ortega, Delgado, Castro, Rubio, Marín, Iglesias, Medina, Cortés, Lozano, Guerrero, Cano, Prieto, Méndez, Vidal"
    ),
    _list(
        "Calle Mayor, Calle Real, Calle del Carmen, Avenida de la Constitución, Calle de la Paz, Paseo del Prado, "
        "Calle San Juan, Plaza Nueva, Calle del Sol, Avenida de América, Calle de la Luna, Calle Cervantes"
    ),
    number_last=True,
)

BEGINNINGS = _list(
    "Linden, Northlight, Harbour, Rosewood, Quiet, Alder, Bright Lane, Cedar, Clearwater, Copper, Daylight, Eastgate, "
    "Elm Court, Fernhill, Fountain, Glasshouse, Greenway, Hazel, Hillcrest, Ivory, Juniper, Kestrel, Lakeside, "
    "Larch, Lighthouse, Maple, Marble Arch, Meadow, Mill House, Moorland, Nightingale, Oakwell, Olive, Orchard, "
    "Pebble, Pine, Quayside, Redbrick, Riverside, Rowan, Sage, Seaward, Silver, Southgate, Sparrow, Stillwater, Stone, "
    "Sycamore, Thistle, Tidewater, Verity, Walnut, Westbrook, Whitethorn, Willow, Windmill, Wren, Yew Tree"
)
ENDINGS = _list(
    "Skin, Skin Clinic, Dermatology, Dermal, Aesthetics, Skin Studio, Skin Rooms, Needling, Skin Institute, "
    "Skin Practice, Clinic, Face and Body, Skin and Scar, Dermatology Group, Skin Health"
)
SENTENCES_OF_CARE = (
    "Every plan begins with a look at the skin in daylight.",
    "One client an hour, never two.",
    "Scars are most of what we do: acne, surgery, stretch marks.",
    "We photograph at each visit, in the same light.",
    "Depth and interval are chosen for your skin, and written down.",
    "Richly pigmented skin is our daily work.",
    "We tell you what it cannot do before you pay for what it can.",
    "Numbing takes its time here; nobody is hurried.",
    "Questions after a session are answered the same day.",
    "Single-use cartridges are opened in front of you.",
)
SENTENCES_OF_PLACE = (
    "Two quiet rooms above the street.",
    "A small practice near the station, open late one evening a week.",
    "Step-free from the pavement, with a room on the ground floor.",
    "A nurse's own practice, with a dermatologist two doors down.",
    "Medical dermatology with a needling clinic twice a week.",
    "Plain prices, no packages you do not need.",
    "Evening appointments for people who work.",
    "A team that has worked together for years.",
)
PROTOCOL = (
    "Single-use cartridges, opened before you. Surfaces wiped with a hospital disinfectant between clients; "
    "the protocol is gone through by the whole team twice a year."
)
