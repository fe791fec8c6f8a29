"""PostgreSQL: one engine a process, set up so that PgBouncer in transaction mode works in front of it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def async_url(url: str) -> str:
    """Any PostgreSQL URL, as one for the driver used here (asyncpg)."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


class Postgres:
    """Hands out connections of one pool."""

    def __init__(self, url: str, *, pool_size: int, behind_pooler: bool = False) -> None:
        options: dict[str, object] = {"server_settings": {"application_name": "needlewise"}}
        address = async_url(url)
        if behind_pooler:
            # A pooler gives each transaction another server connection, so nothing prepared may outlive one.
            options = {"statement_cache_size": 0}
            address += ("&" if "?" in address else "?") + "prepared_statement_cache_size=0"
        self.engine: AsyncEngine = create_async_engine(
            address,
            # The unit of work begins and ends its transaction by the driver itself.
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            # None beyond those: to open one for a moment and close it again costs more than the wait.
            max_overflow=0,
            # The one used last has its statements prepared, and what is in its caches.
            pool_use_lifo=True,
            pool_timeout=15,
            connect_args=options,
        )

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for the length of the block."""
        return self.engine.connect()

    async def check(self) -> None:
        """Raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Closes the pool."""
        await self.engine.dispose()
