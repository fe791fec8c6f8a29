"""Fetches what a clinic's people point to, from the public internet alone.

The name is resolved here, every address it has is checked, and the connection goes to a checked address: a name that
answers differently the second time (rebinding) leads nowhere. The same holds after each redirect. The certificate is
checked against the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from string import punctuation
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpcore

MOST_BYTES = 1_000_000
MOST_REDIRECTS = 3
ALL_SECONDS, ONE_SECONDS = 20.0, 10.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK, _UNCHANGED = 200, 304
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GZIP = 16 + zlib.MAX_WBITS
_ASKED_FOR = (
    (b"Accept", b"text/calendar, */*;q=0.1"),
    (b"Accept-Encoding", b"identity"),
    (b"User-Agent", b"Needlewise-Calendars/1"),
)
Resolve = Callable[[str, int], Awaitable[list[str]]]


class NotFetched(Exception):  # noqa: N818  the name states the fact
    """Why nothing came, in words for whoever gave the address."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: no private, loopback, link-local, shared or multicast one.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by both.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        found = [one for one in inner if one is not None]
        if any(not is_public(str(one)) for one in found):
            return False
        if ip.ipv4_mapped is not None or ip in _NAT64:
            return True
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, never to a name."""

    def __init__(self, find: Resolve, may: Callable[[str], bool]) -> None:
        self._find, self._may = find, may
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._find(host, port)
        except (OSError, UnicodeError) as error:  # or it is none: a label is empty or too long
            raise NotFetched("There is no server under that name.") from error
        if not addresses or not all(self._may(one) for one in addresses):
            raise NotFetched("That address does not lead to the public internet.")
        last: Exception | None = None
        for address in addresses[:3]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or NotFetched("The server does not answer.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class PublicFetch:
    """Gets one file by https; by http as well where `plain` (its own tests)."""

    refused: type[Exception] = NotFetched

    def __init__(
        self,
        *,
        plain: bool = False,
        find: Resolve = resolve,
        may: Callable[[str], bool] = is_public,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._schemes = ("https", "http") if plain else ("https",)
        self._find, self._may, self._trust = find, may, trust

    async def get(self, address: str, tag: str = "") -> tuple[bytes, str] | None:
        """The content with its tag (ETag), or nothing where it is still what `tag` names. Raises `NotFetched`."""
        try:
            async with asyncio.timeout(ALL_SECONDS):
                return await self._follow(address, tag)
        except NotFetched:
            raise
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise NotFetched("The server took too long.") from error
        except ssl.SSLError as error:
            raise NotFetched("The server's certificate is not valid.") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
            ValueError,
        ) as error:
            words = "The server's certificate is not valid." if "CERTIFICATE" in str(error) else ""
            raise NotFetched(words or "The server could not be reached.") from error

    async def _follow(self, address: str, tag: str) -> tuple[bytes, str] | None:
        backend = _Checked(self._find, self._may)
        async with httpcore.AsyncConnectionPool(network_backend=backend, ssl_context=self._trust) as pool:
            for _ in range(MOST_REDIRECTS + 1):
                self._require_fit(address)
                headers = [
                    *_ASKED_FOR,
                    *([(b"If-None-Match", tag.encode("latin-1", "ignore"))] if tag else []),
                ]
                limits = dict.fromkeys(("connect", "read", "write", "pool"), ONE_SECONDS)
                asked = pool.stream("GET", address, headers=headers, extensions={"timeout": limits})
                async with asked as answer:
                    given = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
                    if answer.status in _REDIRECTS and b"location" in given:
                        address = urljoin(address, quote(given[b"location"], punctuation, encoding="latin-1"))
                        continue
                    if answer.status == _UNCHANGED and tag:
                        return None
                    if answer.status != _OK:
                        raise NotFetched(_words_of(answer.status))
                    return await _content(answer, given.get(b"content-encoding", "")), given.get(b"etag", "")
        raise NotFetched("The address leads to another one too often.")

    def _require_fit(self, address: str) -> None:
        try:
            parts = urlsplit(address)
            fits = parts.scheme in self._schemes and bool(parts.hostname) and parts.username is None
            _ = parts.port
        except ValueError:
            fits = False
        if not fits or not address.isascii():
            raise NotFetched("The address, or one it leads to, does not begin with https://.")


def _words_of(status: int) -> str:
    if status in {401, 403}:
        return "The server does not give it without signing in. Use the calendar's private address."
    if status in {404, 410}:
        return "There is no calendar under that address any more."
    return f"The server answered with an error ({status})."


async def _content(answer: httpcore.Response, encoding: str) -> bytes:
    """The body, unpacked where it is packed, and never more than is allowed of either."""
    if encoding.lower() not in {"", "identity", "gzip", "x-gzip"}:
        raise NotFetched("The server answers in a form that cannot be read.")
    packed = "gzip" in encoding.lower()
    unpack = zlib.decompressobj(_GZIP)
    found = bytearray()
    read = 0
    async with aclosing(answer.aiter_stream()) as chunks:  # type: ignore[type-var]  # an async generator
        async for chunk in chunks:
            read += len(chunk)
            try:
                found += unpack.decompress(chunk, MOST_BYTES + 1) if packed else chunk
            except zlib.error as error:
                raise NotFetched("The server answers in a form that cannot be read.") from error
            if max(read, len(found)) > MOST_BYTES or unpack.unconsumed_tail:
                raise NotFetched("The calendar is larger than one megabyte.")
    return bytes(found)
