"""What is fetched for people comes from the public internet, in time, and not too much of it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from infra.platform.fetch import MOST_BYTES, NotFetched, PublicFetch, Resolve, is_public, resolve

Answer = Callable[[str], bytes]


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def server(say: Answer) -> AsyncIterator[tuple[int, list[str]]]:
    """A server on this machine that answers by the request's text; gives its port, and what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        writer.write(say(head))
        await writer.drain()
        writer.close()

    opened = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with opened:
        yield opened.sockets[0].getsockname()[1], asked


def fetch_of(*answers: list[str], may: Callable[[str], bool] = lambda _: True) -> PublicFetch:
    """One for which a name has these addresses, in turn; the last ones for good."""
    left = list(answers) or [["127.0.0.1"]]

    async def find(_host: str, _port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return PublicFetch(plain=True, find=find, may=may)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        "0.0.0.0",  # noqa: S104  an address to be refused
        *("224.0.0.1", "239.255.255.250", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
        *("localhost", "", "1.2.3"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:192.168.0.1"], ["169.254.169.254"], []]
)
async def test_a_name_with_one_private_address_is_not_connected_to(found: list[str]) -> None:
    with pytest.raises(NotFetched, match="public internet"):
        await fetch_of(found, may=is_public).get("http://calendar.example.test/a.ics")


async def test_an_address_in_the_url_itself_is_checked_as_well() -> None:
    for host in ("127.0.0.1", "[::1]", "169.254.169.254", "2130706433", "localhost"):
        with pytest.raises(NotFetched):
            await PublicFetch(plain=True).get(f"http://{host}:1/a.ics")


async def test_the_connection_goes_to_the_checked_address_and_the_name_is_said() -> None:
    async with server(lambda _: answer("200 OK", 'ETag: "7"', body=b"BEGIN")) as (port, asked):
        got = await fetch_of(["127.0.0.1"]).get(f"http://calendar.example.test:{port}/a.ics?key=1")
    assert got == (b"BEGIN", '"7"')
    assert asked[0].startswith("GET /a.ics?key=1 HTTP/1.1")
    assert f"Host: calendar.example.test:{port}" in asked[0]
    assert "cookie" not in asked[0].lower()


async def test_what_is_unchanged_is_not_sent() -> None:
    def say(head: str) -> bytes:
        return answer("304 Not Modified") if 'If-None-Match: "7"' in head else answer("200 OK", body=b"X")

    async with server(say) as (port, _):
        assert await fetch_of().get(f"http://calendar.example.test:{port}/", '"7"') is None


async def test_redirects_are_followed_three_times_and_checked_each_time() -> None:
    def say(head: str) -> bytes:
        number = int(head.split()[1].strip("/"))
        return answer("200 OK", body=b"X") if number == 0 else answer("302 Found", f"Location: /{number - 1}")

    async with server(say) as (port, asked):
        base = f"http://calendar.example.test:{port}"
        assert await fetch_of().get(f"{base}/3") == (b"X", "")
        with pytest.raises(NotFetched, match="too often"):
            await fetch_of().get(f"{base}/4")
        seen = len(asked)
        with pytest.raises(
            NotFetched, match="public internet"
        ):  # a name that leads elsewhere the second time
            await fetch_of(["127.0.0.1"], ["10.0.0.1"], may=lambda one: one == "127.0.0.1").get(f"{base}/1")
        assert len(asked) == seen + 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://x.test/", "http://ana:b@x.test/", "//"])
async def test_a_redirect_to_something_else_is_refused(to: str) -> None:
    async with server(lambda _: answer("301 Moved", f"Location: {to}")) as (port, _):
        with pytest.raises(NotFetched):
            await fetch_of().get(f"http://calendar.example.test:{port}/")


@pytest.mark.parametrize(
    "to",
    ["http://müller.example/", "http://a..b/", f"http://{'a' * 70}.test/", "http://.a.test/", "http://[a]/"],
)
async def test_an_address_that_no_server_can_have_is_told_in_words_given_or_led_to(to: str) -> None:
    fetch = PublicFetch(plain=True, find=_resolve_for_real_but("calendar.test"), may=lambda _: True)
    with pytest.raises(NotFetched):
        await fetch.get(to)
    async with server(lambda _: answer("302 Found", f"Location: {to}")) as (port, _):
        with pytest.raises(NotFetched):
            await fetch.get(f"http://calendar.test:{port}/")


def _resolve_for_real_but(name: str) -> Resolve:
    """Asks as in production, so that what cannot be a name fails as it does there; but for one name, which is here."""

    async def find(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == name else await resolve(host, port)

    return find


@pytest.mark.parametrize("host", ["127.0.0.1", "１２７.0.0.1", "[::1]", "2130706433"])
async def test_a_redirect_to_this_machine_leads_nowhere_however_it_is_written(host: str) -> None:
    async with server(lambda _: answer("302 Found", f"Location: http://{host}:1/")) as (port, _):
        first = iter([True])  # the server of this test, for one connection
        find = _resolve_for_real_but("calendar.test")
        fetch = PublicFetch(plain=True, find=find, may=lambda one: next(first, False) or is_public(one))
        with pytest.raises(NotFetched, match=r"public internet|under that name"):
            await fetch.get(f"http://calendar.test:{port}/")


async def test_a_redirect_in_other_letters_is_followed_by_its_bytes() -> None:
    def say(head: str) -> bytes:
        if "/%C3%BC.ics?q=%20" in head:
            return answer("200 OK", body=b"X")
        return answer("302 Found", "Location: /ü.ics?q=%20")

    async with server(say) as (port, _):
        assert await fetch_of().get(f"http://calendar.example.test:{port}/") == (b"X", "")


async def test_only_https_is_asked_outside_of_tests() -> None:
    with pytest.raises(NotFetched, match="https"):
        await PublicFetch().get("http://calendar.example.test/a.ics")


@pytest.mark.parametrize(
    "sent",
    [
        answer("200 OK", body=b"x" * (MOST_BYTES + 1)),
        answer("200 OK", "Content-Encoding: gzip", body=gzip.compress(b"x" * (MOST_BYTES * 20))),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (MOST_BYTES * 2),
    ],
)
async def test_more_than_a_megabyte_is_not_read(sent: bytes) -> None:
    async with server(lambda _: sent) as (port, _):
        with pytest.raises(NotFetched, match="one megabyte"):
            await fetch_of().get(f"http://calendar.example.test:{port}/")


async def test_a_packed_answer_is_unpacked() -> None:
    sent = answer("200 OK", "Content-Encoding: gzip", body=gzip.compress(b"BEGIN:VCALENDAR" * 50))
    async with server(lambda _: sent) as (port, _):
        assert await fetch_of().get(f"http://calendar.example.test:{port}/") == (b"BEGIN:VCALENDAR" * 50, "")


@pytest.mark.parametrize(
    ("status", "words"),
    [("404 Not Found", "no calendar"), ("403 Forbidden", "private address"), ("500 Oops", "an error")],
)
async def test_errors_are_told_in_words(status: str, words: str) -> None:
    async with server(lambda _: answer(status)) as (port, _):
        with pytest.raises(NotFetched, match=words):
            await fetch_of().get(f"http://calendar.example.test:{port}/")


async def test_nobody_there_and_nonsense_are_told_in_words() -> None:
    async with server(lambda _: b"\x00nonsense\r\n\r\n") as (port, _):
        with pytest.raises(NotFetched, match="could not be reached"):
            await fetch_of().get(f"http://calendar.example.test:{port}/")
    with pytest.raises(NotFetched, match="could not be reached"):
        await fetch_of().get(f"http://calendar.example.test:{port}/")
    with pytest.raises(NotFetched, match=r"could not be reached|certificate"):
        await fetch_of().get(f"https://calendar.example.test:{port}/")
