"""Mail over kept connections: reused, opened anew when the server closes them, and honest about what is not known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from infra.platform.mail import MailRefused, MailUnanswered, SenderRefused, Smtp


class Server:
    """A small SMTP server that a test tells how to behave."""

    def __init__(self) -> None:
        self.url = ""
        self.connections = 0
        self.taken: list[str] = []
        self.mail = self.rcpt = "250 ok"
        self.after_data = "250 taken"
        self.close_after = 0
        self.dawdles_at = ""
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.append(writer)
        writer.write(b"220 here\r\n")
        sent = 0
        while line := (await reader.readline()).decode().strip():
            command = line.split()[0].upper()
            if command == self.dawdles_at:
                await reader.read()
                break
            if command == "DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                if not self.after_data:
                    break
                self.taken.append(text.decode())
                sent += 1
                writer.write(f"{self.after_data}\r\n".encode())
            else:
                answers = {"MAIL": self.mail, "RCPT": self.rcpt, "QUIT": "221 bye", "EHLO": "250 here"}
                writer.write(f"{answers.get(command, '250 ok')}\r\n".encode())
            if command == "QUIT" or (self.close_after and sent >= self.close_after):
                break
        writer.close()

    def hang_up(self) -> None:
        for writer in self._open:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one = Server()
    listening = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield one
    listening.close()
    one.hang_up()


def letter(to: str = "ana@example.test") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@example.test", to, "Hello"
    message.set_content("Grüße\n.\nEnd")
    return message


async def test_an_address_with_letters_that_the_server_does_not_take_is_dead_at_once(server: Server) -> None:
    smtp = Smtp(server.url)
    with pytest.raises(MailRefused, match=r"553 5\.6\.7") as refused:
        await smtp.send(letter("josé@example.test"))
    assert refused.value.dead_address
    await smtp.send(letter())
    assert len(server.taken) == 1
    await smtp.close()


async def test_one_connection_carries_many_messages(server: Server) -> None:
    smtp = Smtp(server.url)
    for _ in range(5):
        await smtp.send(letter())
    assert (server.connections, len(server.taken)) == (1, 5)
    await smtp.close()


async def test_a_few_connections_at_most(server: Server) -> None:
    smtp = Smtp(server.url, connections=2)
    await asyncio.gather(*(smtp.send(letter()) for _ in range(12)))
    assert server.connections <= 2
    assert len(server.taken) == 12
    await smtp.close()


async def test_a_connection_that_the_server_closed_is_opened_anew(server: Server) -> None:
    server.close_after = 1
    smtp = Smtp(server.url)
    for _ in range(3):
        await smtp.send(letter())
    assert len(server.taken) == 3
    assert server.connections == 3
    await smtp.close()


async def test_silence_after_the_message_is_told_apart_from_what_did_not_go(server: Server) -> None:
    server.after_data = ""
    smtp = Smtp(server.url)
    with pytest.raises(MailUnanswered):
        await smtp.send(letter())
    server.after_data = "250 taken"
    await smtp.send(letter())
    assert len(server.taken) == 1
    await smtp.close()


async def test_a_server_that_dawdles_is_left_and_what_it_may_have_taken_is_not_known(server: Server) -> None:
    smtp = Smtp(server.url, longest=0.2)
    server.dawdles_at = "RCPT"
    with pytest.raises(TimeoutError):
        await smtp.send(letter())
    server.dawdles_at = "DATA"
    with pytest.raises(MailUnanswered):
        await smtp.send(letter())
    server.dawdles_at = ""
    await smtp.send(letter())
    assert len(server.taken) == 1
    await smtp.close()


async def test_the_wait_for_a_connection_counts_and_what_waits_has_not_gone(server: Server) -> None:
    smtp = Smtp(server.url, connections=1, longest=0.3)
    server.dawdles_at = "DATA"
    first, second = await asyncio.gather(smtp.send(letter()), smtp.send(letter()), return_exceptions=True)
    assert isinstance(first, MailUnanswered)
    assert isinstance(second, TimeoutError)
    await smtp.close()


@pytest.mark.parametrize(
    "answer", ["550 5.1.1 no such user", "550 unknown", "552 5.2.2 full", "550 5.1.1 unknown, see 5.7.1"]
)
async def test_a_refused_recipient_is_final_and_the_address_dead(server: Server, answer: str) -> None:
    server.rcpt = answer
    smtp = Smtp(server.url)
    with pytest.raises(MailRefused) as refused:
        await smtp.send(letter())
    assert refused.value.dead_address
    server.rcpt = "250 ok"
    await smtp.send(letter())  # on the same connection
    assert server.connections == 1
    await smtp.close()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("mail", "530 5.7.0 Authentication required"),
        ("mail", "550 sender not allowed"),
        ("mail", "553 sorry, that domain isn't in my list"),
        ("rcpt", "530 sign in first"),
        ("rcpt", "554 5.7.1 Relay access denied"),
        ("rcpt", "550-5.7.1 your address\r\n550 5.7.1 is blocked"),
        ("rcpt", "550 5.1.8 Sender address rejected: Domain not found"),
        ("after_data", "550 5.7.26 unauthenticated email is not accepted"),
    ],
)
async def test_a_refused_sender_is_a_matter_of_settings_and_no_end_of_the_message(
    server: Server, command: str, answer: str
) -> None:
    setattr(server, command, answer)
    smtp = Smtp(server.url)
    with pytest.raises(SenderRefused):
        await smtp.send(letter())
    server.mail, server.rcpt, server.after_data = "250 ok", "250 ok", "250 taken"
    taken = len(server.taken)
    await smtp.send(letter())
    assert len(server.taken) == taken + 1
    await smtp.close()


async def test_a_refused_message_is_no_fault_of_the_address_and_a_passing_refusal_is_tried_again(
    server: Server,
) -> None:
    smtp = Smtp(server.url)
    server.after_data = "554 too long"
    with pytest.raises(MailRefused) as refused:
        await smtp.send(letter())
    assert refused.value.dead_address is False
    server.after_data, server.mail = "250 taken", "552 5.3.4 too large"
    with pytest.raises(MailRefused) as refused:
        await smtp.send(letter())
    assert refused.value.dead_address is False
    server.mail, server.rcpt = "250 ok", "451 4.7.1 later"
    with pytest.raises(Exception, match="451") as later:
        await smtp.send(letter())
    assert not isinstance(later.value, MailRefused)
    await smtp.close()


async def test_a_server_that_is_not_there_is_no_refusal() -> None:
    with pytest.raises(Exception) as away:  # noqa: PT011  whatever the library calls it
        await Smtp("smtp://127.0.0.1:1").send(letter())
    assert not isinstance(away.value, MailRefused | MailUnanswered)


async def test_check_greets_and_leaves(server: Server) -> None:
    await Smtp(server.url).check()
    assert server.connections == 1
