"""Private files as downloads that no browser opens by itself."""

from __future__ import annotations

from urllib.parse import quote

from litestar import Response


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
