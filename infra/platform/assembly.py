"""The adapters of one process, opened from the settings: every top (web, worker, relay) starts here."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from infra.platform.database import Postgres
from infra.platform.fetch import PublicFetch
from infra.platform.mail import AT_ONCE, MailboxOnly, Smtp
from infra.platform.redis import RedisHealth, RedisThrottle, connect_redis
from infra.platform.settings import Settings
from infra.platform.signals import RedisSignals
from infra.platform.storage import FolderStorage, S3Storage, open_storage
from infra.platform.texts import TextFolder


@dataclass(frozen=True, slots=True)
class Adapters:
    """What a process stands on."""

    postgres: Postgres
    redis: Redis
    signals: RedisSignals
    throttle: RedisThrottle
    redis_health: RedisHealth
    storage: FolderStorage | S3Storage
    mail: MailboxOnly | Smtp
    fetch: PublicFetch
    texts: TextFolder

    async def close(self) -> None:
        """Lets go of connections."""
        await self.postgres.close()
        await self.signals.finish()
        await self.redis.aclose()
        await self.mail.close()


class NotConfigured(Exception):  # noqa: N818  the name states the fact
    """A setting is missing; the message says which and what to do."""


def open_adapters(settings: Settings) -> Adapters:
    """Opens nothing over the network yet; connections come with first use."""
    if settings.database_url is None or settings.redis_url is None:
        raise NotConfigured(
            "NEEDLEWISE_DATABASE_URL and NEEDLEWISE_REDIS_URL must be set (`needlewise up` sets them itself)"
        )
    redis = connect_redis(settings.redis_url)
    return Adapters(
        postgres=Postgres(
            settings.database_url,
            pool_size=settings.database_pool_size,
            behind_pooler=settings.database_pooler,
        ),
        redis=redis,
        signals=RedisSignals(redis),
        throttle=RedisThrottle(redis, on=settings.rate_limit == "on"),
        redis_health=RedisHealth(redis),
        storage=open_storage(settings.storage_url, settings.data_dir),
        mail=Smtp(settings.smtp_url, connections=AT_ONCE * settings.worker_threads)
        if settings.smtp_url
        else MailboxOnly(),
        fetch=PublicFetch(),
        texts=TextFolder(settings.data_dir / "texts", settings.texts_from),
    )
