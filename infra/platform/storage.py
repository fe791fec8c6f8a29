"""Private files: in a folder, or in an S3-compatible store (`s3://key:secret@host:port/bucket`)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class FolderStorage:
    """Files below one folder that no web server serves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ValueError("a storage key leads out of its folder")
        return path

    async def put(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002  the bucket keeps it
        """Writes the file whole or not at all."""
        await asyncio.to_thread(self._write, self._path(key), content)

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(path.suffix + ".partial")
        partial.write_bytes(content)
        partial.replace(path)

    async def get(self, key: str) -> bytes:
        """The content. Raises `KeyError` where there is none."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise KeyError(key) from error

    async def delete(self, key: str) -> None:
        """Removes the file where there is one."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def check(self) -> None:
        """Raises when the folder cannot be written."""
        await self.put("health/check", b"ok", "text/plain")


class S3Storage:
    """A bucket. `?tls=off` for a store on the same machine, `?region=` where the store wants one."""

    def __init__(self, url: str) -> None:
        import boto3  # noqa: PLC0415  half a second to import, needed only where a bucket is used
        from botocore.exceptions import ClientError  # noqa: PLC0415

        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if parts.scheme != "s3" or not parts.hostname or not parts.path.strip("/"):
            raise ValueError("NEEDLEWISE_STORAGE_URL is s3://key:secret@host:port/bucket")
        scheme = "http" if query.get("tls") == ["off"] else "https"
        port = f":{parts.port}" if parts.port else ""
        self._missing: type[Exception] = ClientError
        self._bucket = parts.path.strip("/")
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=f"{scheme}://{parts.hostname}{port}",
            aws_access_key_id=unquote(parts.username or ""),
            aws_secret_access_key=unquote(parts.password or ""),
            region_name=query.get("region", ["us-east-1"])[0],
        )

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Stores the object."""
        await asyncio.to_thread(
            self._client.put_object, Bucket=self._bucket, Key=key, Body=content, ContentType=content_type
        )

    async def get(self, key: str) -> bytes:
        """The content. Raises `KeyError` where there is none."""
        return await asyncio.to_thread(self._read, key)

    def _read(self, key: str) -> bytes:
        try:
            return bytes(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except self._missing as error:
            if "NoSuchKey" in str(error):
                raise KeyError(key) from error
            raise

    async def delete(self, key: str) -> None:
        """Removes the object where there is one."""
        await asyncio.to_thread(self._client.delete_object, Bucket=self._bucket, Key=key)

    async def check(self) -> None:
        """Raises when the bucket cannot be reached."""
        await asyncio.to_thread(self._client.head_bucket, Bucket=self._bucket)


def open_storage(url: str | None, data_dir: Path) -> FolderStorage | S3Storage:
    """The store the settings name; without one, a folder beside the data."""
    return S3Storage(url) if url else FolderStorage(data_dir / "files")
