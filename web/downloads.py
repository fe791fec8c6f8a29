"""Files in answers: private ones as downloads that no browser opens by itself, pictures to be shown."""

from __future__ import annotations

from urllib.parse import quote

from litestar import Response

from services.clinics.picture_schemas import PictureFileView
from services.kernel.picture_head_rules import JPEG
from web.context import AppRequest

FOREVER = "public, max-age=31536000, immutable"


def as_download(filename: str, content_type: str, content: bytes) -> Response[bytes]:
    """A file to be saved, not shown; not kept by caches, and taken for nothing but its type (RFC 6266)."""
    plain = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\' else "_" for sign in filename
    )
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=content_type, headers=headers)


def as_clinical_photo(content: bytes, *, keep: str = "private, no-store") -> Response[bytes]:
    """A photo of a treated area: a JPEG and nothing else, kept by nobody unless it is said otherwise."""
    headers = {
        "Cache-Control": keep,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=JPEG, headers=headers)


def as_picture(
    request: AppRequest, file: PictureFileView, content: bytes, *, keep: str = FOREVER
) -> Response[bytes]:
    """A picture's file, whose name is its content's: it never changes, and who has it need not get it again.

    `keep` says for how long, and by whom (RFC 9111).
    """
    headers = {
        "Cache-Control": keep,
        "ETag": f'"{file.name}"',
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.content_type)
    return Response(content, media_type=file.content_type, headers=headers)
