"""Pictures in a bucket of an S3-compatible store."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from headwater.avatars.model import Keeping, ShelfError

CONNECT_S, READ_S = 2, 4  # in all less than a process has to end in
TYPE = "image/png"


class Bucket:
    """Credentials are found by the library: its environment variables, files, or the machine."""

    def __init__(self, keeping: Keeping) -> None:
        self._name = keeping.bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=keeping.endpoint or None,
            region_name=keeping.region or None,
            config=Config(
                connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"total_max_attempts": 1}
            ),
        )

    def put(self, name: str, picture: bytes) -> None:
        self._call("put_object", Key=_key(name), Body=picture, ContentType=TYPE)

    def get(self, name: str) -> bytes | None:
        try:
            found = self._client.get_object(Bucket=self._name, Key=_key(name))
            picture: bytes = found["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
        except (BotoCoreError, ClientError, OSError) as error:
            raise _translated(error) from error
        return picture

    def drop(self, name: str) -> None:
        self._call("delete_object", Key=_key(name))

    def _call(self, verb: str, **fields: Any) -> None:
        try:
            getattr(self._client, verb)(Bucket=self._name, **fields)
        except (BotoCoreError, ClientError, OSError) as error:
            raise _translated(error) from error


def _key(name: str) -> str:
    return f"avatars/{name}.png"


def _translated(error: Exception) -> ShelfError:
    """Kind and code only: a message may hold addresses."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return ShelfError(f"{type(error).__name__} {code}".strip())
