"""Settings: read from the environment (and `.env`), one prefix, nothing else anywhere reads the environment."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_NIGHT = re.compile(r"(1[89]|2[0-3])-([5-9]|1[0-2])")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Mode(StrEnum):
    """What kind of running this is: it decides whether the clock may be moved and the mailbox read."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class Settings(BaseSettings):
    """Every setting, with its default. The environment name is `NEEDLEWISE_` and the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="NEEDLEWISE_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    mode: Mode = Mode.PRODUCTION
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    allowed_hosts: list[str] = []
    proxies: int = 0
    data_dir: Path = Path(".data")

    database_url: str | None = None
    database_pool_size: int = 20
    database_pooler: bool = False
    redis_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "Needlewise <hello@needlewise.test>"
    quiet_hours: str = "21-8"
    texts: str | None = None
    texts_from: str = "Needlewise"
    storage_url: str | None = None

    secret_key: SecretStr | None = None
    rate_limit: str = "on"
    demo_password: SecretStr | None = None
    log_format: str = "plain"
    web_workers: int = 1
    worker_threads: int = 4

    @field_validator("rate_limit")
    @classmethod
    def _on_or_off(cls, value: str) -> str:
        if value not in {"on", "off"}:
            raise ValueError("NEEDLEWISE_RATE_LIMIT is 'on' or 'off'")
        return value

    @field_validator("texts")
    @classmethod
    def _a_way_of_texts(cls, value: str | None) -> str | None:
        if value not in {None, "off", "file"}:
            raise ValueError("NEEDLEWISE_TEXTS is 'off' or 'file'")
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _evening_to_morning(cls, value: str) -> str:
        if value != "off" and not _NIGHT.fullmatch(value):
            raise ValueError(
                "NEEDLEWISE_QUIET_HOURS is 'off' or evening-morning in whole hours, such as '21-8'"
            )
        return value

    @model_validator(mode="after")
    def _no_moved_clock_in_production(self) -> Settings:
        if self.mode is Mode.PRODUCTION and self.demo_password is not None:
            raise ValueError("NEEDLEWISE_DEMO_PASSWORD makes no sense in production mode")
        return self

    @model_validator(mode="after")
    def _a_connection_for_each_step_of_sending(self) -> Settings:
        # Sending commits one transaction while another is open: with fewer, all threads could wait for each other.
        if self.database_pool_size < 2 * self.worker_threads:
            raise ValueError(
                "NEEDLEWISE_DATABASE_POOL_SIZE must be at least twice NEEDLEWISE_WORKER_THREADS: "
                "sending a message takes two connections"
            )
        return self

    @property
    def clock_is_movable(self) -> bool:
        """In demo and test mode the clock has an offset that all processes read."""
        return self.mode is not Mode.PRODUCTION

    @property
    def texts_are_sent(self) -> bool:
        """Whether text messages go anywhere: in production only where that is set."""
        return self.texts == "file" or (self.texts is None and self.mode is not Mode.PRODUCTION)

    @property
    def quiet_night(self) -> tuple[int, int] | None:
        """The local hours from which and until which nothing is sent that can wait; nothing where that is off."""
        found = _NIGHT.fullmatch(self.quiet_hours)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def base_url(self) -> str:
        """Where people reach the product; used in messages."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def demo_without_second_factor(self) -> bool:
        """Only in demo mode on a loopback address."""
        return self.mode is Mode.DEMO and self.host in LOOPBACK_HOSTS


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
