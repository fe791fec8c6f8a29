"""Uploads of the API: one private file that proves something."""

from __future__ import annotations

from litestar.datastructures import UploadFile
from pydantic import BaseModel, ConfigDict


class EvidenceUpload(BaseModel):
    """One file: PDF, JPEG or PNG by its content, at most 10 MB."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: UploadFile
