"""Small whole files of each kind that counts as evidence."""

from __future__ import annotations

import struct
import zlib


def pdf(size: int = 0) -> bytes:
    """A PDF, filled up with a comment to the size asked for."""
    head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    tail = b"\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n45\n%%EOF\n"
    return head + b"%" + b"x" * max(size - len(head) - len(tail) - 1, 0) + tail


def png(width: int = 1, height: int = 1) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(*, frame: bool = True, scan: bool = True, end: bool = True) -> bytes:
    """The segments of a JPEG, each of which can be left out."""
    parts = [b"\xff\xd8", b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"]
    if frame:
        parts.append(b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00")
    if scan:
        parts.append(b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x37")
    if end:
        parts.append(b"\xff\xd9")
    return b"".join(parts)
