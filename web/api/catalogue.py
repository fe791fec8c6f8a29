"""The API's catalogue: every code that other calls take or give, with its name."""

from __future__ import annotations

from datetime import date

from litestar import Controller, get
from pydantic import BaseModel, ConfigDict

from services.moderation.schemas import DECISIONS, REASONS
from services.treatments.service import get_catalogue


class CodeOut(BaseModel):
    """A code and its name."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    name: str


class EntryOut(CodeOut):
    """A code and its name, where it is from and when that was looked up."""

    source: str
    dated_on: date


class ClearedDeviceOut(BaseModel):
    """A device's clearance: `uses` are the pairs of area and concern that its label names; `maker` may be empty."""

    model_config = ConfigDict(from_attributes=True)
    number: str
    maker: str
    model: str
    modality: str
    label: str
    uses: list[tuple[str, str]]
    source: str
    dated_on: date


class CatalogueOut(BaseModel):
    """Everything that has a code."""

    version: str
    concerns: list[EntryOut]
    areas: list[EntryOut]
    modalities: list[EntryOut]
    credential_kinds: list[EntryOut]
    languages: list[EntryOut]
    decisions: list[CodeOut]
    reasons: list[CodeOut]
    devices: list[ClearedDeviceOut]


class CatalogueApi(Controller):
    path = "/api/v1/catalogue"
    tags = ("Catalogue",)

    @get(summary="Codes and names of everything that has a code")
    async def read(self) -> CatalogueOut:
        catalogue = get_catalogue()

        def entries(name: str) -> list[EntryOut]:
            return [EntryOut.model_validate(entry) for entry in getattr(catalogue, name)]

        return CatalogueOut(
            version=catalogue.version,
            concerns=entries("concerns"),
            areas=entries("areas"),
            modalities=entries("modalities"),
            credential_kinds=entries("credential_kinds"),
            languages=entries("languages"),
            decisions=[CodeOut.model_validate(item) for item in DECISIONS],
            reasons=[CodeOut.model_validate(item) for item in REASONS],
            devices=[
                ClearedDeviceOut(
                    number=item.number,
                    maker=item.maker,
                    model=item.model,
                    modality=item.modality,
                    label=item.label,
                    uses=sorted(item.uses),
                    source=item.source,
                    dated_on=item.dated_on,
                )
                for item in catalogue.devices
            ],
        )
