"""The catalogue as data, and the menu as other slices read it."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from services.treatments import service as treatments
from services.treatments.protocol_rules import written_line
from services.treatments.schemas import NewTreatment, TreatmentPatch
from tests.factories import live_clinic


def test_every_code_has_a_name_a_source_and_a_date() -> None:
    catalogue = treatments.get_catalogue()
    for entries in (
        catalogue.concerns,
        catalogue.areas,
        catalogue.modalities,
        catalogue.credential_kinds,
        catalogue.languages,
    ):
        codes = [entry.code for entry in entries]
        assert len(set(codes)) == len(codes)
        assert all(re.fullmatch("[a-z_]+", code) for code in codes)
        assert all(entry.name and entry.source and entry.dated_on for entry in entries)


def test_devices_and_templates_speak_in_codes_of_the_catalogue() -> None:
    catalogue = treatments.get_catalogue()
    concerns = {entry.code for entry in catalogue.concerns}
    areas = {entry.code for entry in catalogue.areas}
    modalities = {entry.code for entry in catalogue.modalities}
    assert {device.modality for device in catalogue.devices} <= modalities
    assert {area for device in catalogue.devices for area, _ in device.uses} <= areas
    assert {concern for device in catalogue.devices for _, concern in device.uses} <= concerns
    for template in catalogue.templates:
        assert catalogue.template(template.code) is template
        assert template.modality in modalities
        assert set(template.concerns) <= concerns
        assert {code for code, _ in template.areas} <= areas
        assert template.min_days <= template.target_days <= template.max_days
        assert template.source
        assert template.dated_on
    assert catalogue.template("nothing") is None


def test_each_template_is_a_treatment_once_it_has_prices() -> None:
    for template in treatments.get_catalogue().templates:
        NewTreatment.model_validate(
            {
                "name": template.name,
                "description": template.description,
                "modality": template.modality,
                "concerns": list(template.concerns),
                "downtime_days": template.downtime_days,
                "phases": {
                    "preparation_minutes": template.preparation_minutes,
                    "numbing_minutes": template.numbing_minutes,
                    "finish_minutes": template.finish_minutes,
                },
                "areas": [
                    {"code": code, "minutes": minutes, "price": {"amount": 1, "currency": "USD"}}
                    for code, minutes in template.areas
                ],
                "course": {
                    "sessions": template.sessions,
                    "min_days": template.min_days,
                    "target_days": template.target_days,
                    "max_days": template.max_days,
                },
            }
        )


async def test_label_states_name_each_use(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        patch = TreatmentPatch.model_validate(
            {
                "concerns": ["acne_scars", "fine_lines"],
                "areas": [
                    {"code": code, "minutes": 20, "price": {"amount": 1, "currency": "USD"}}
                    for code in ("face", "neck")
                ],
            }
        )
        view = await treatments.update_treatment(work, world.treatment_id, patch)
    assert treatments.label_states("K202243", "", view) == {
        "face:acne_scars": True,
        "face:fine_lines": False,
        "neck:acne_scars": False,
        "neck:fine_lines": True,
    }
    assert set(treatments.label_states("FDA cleared", "SkinPen", view).values()) == {True, False}
    assert set(treatments.label_states("", "SkinPen", view).values()) == {None}
    assert view.area("neck") is not None
    assert view.area("back") is None


async def test_a_line_that_was_broken_before_lines_were_asked_for_stops_no_other_change(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        step = {"from_day": 0, "to_day": 1, "text": "Cool it."}
        patch = TreatmentPatch.model_validate({"protocol": {"aftercare": [step]}, "topicals": ["Serum"]})
        await treatments.update_treatment(work, world.treatment_id, patch)
    async with superuser.begin() as connection:
        for broken in (
            "UPDATE treatment SET name = E'Pen\\n facial', topicals = ARRAY[E'Hyaluronic\\r\\nserum']",
            "UPDATE treatment_protocol SET aftercare = replace(aftercare::text, 'Cool it', 'Cool\\nit')::jsonb",
        ):
            await connection.execute(text(broken))
    async with database.begin(world.scope) as work:
        before = await treatments.get_treatment(work, world.treatment_id)
        assert "\n" in before.name
        assert "\n" in (await treatments.get_protocol(work, before)).aftercare[0][2]
        after = await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(downtime_days=3))
        told = (await treatments.get_protocol(work, after)).aftercare
    assert (after.downtime_days, after.name, after.topicals) == (3, "Pen facial", ["Hyaluronic serum"])
    assert [written_line(one) for one in told] == ["0-1: Cool it."]
    with pytest.raises(ValidationError):
        TreatmentPatch(name="Pen\nfacial")


async def test_what_is_off_the_menu_is_found_only_where_asked_for(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        before = await treatments.get_treatment(work, world.treatment_id)
        await treatments.archive_treatment(work, world.treatment_id)
    async with database.begin(world.scope) as work:
        assert await treatments.list_treatments(work) == []
        with pytest.raises(NotFound):
            await treatments.get_treatment(work, world.treatment_id)
        with pytest.raises(NotFound):
            await treatments.archive_treatment(work, world.treatment_id)
        assert await treatments.get_treatment(work, world.treatment_id, archived=True) == before
    async with database.begin(ClinicScope(new_id())) as work:
        with pytest.raises(NotFound):
            await treatments.get_treatment(work, world.treatment_id, archived=True)
