"""Pictures with the addresses of their files: under the clinic's own for the public, elsewhere for its team."""

from __future__ import annotations

from services.clinics.picture_schemas import PictureView
from services.marketplace.schemas import PictureFile, PictureShown


def picture_shown(at: str, picture: PictureView) -> PictureShown:
    """A picture whose files lie at that address, as `/c/linden-skin` or `/clinic/linden-skin`."""
    return PictureShown(
        id=picture.id,
        alt=picture.alt,
        caption=picture.caption,
        files=[
            PictureFile(
                url=f"{at}/files/{file.name}",
                content_type=file.content_type,
                width=file.width,
                height=file.height,
            )
            for file in picture.files
        ],
    )
