"""Where pictures are kept: a directory, and a bucket of a real S3 server on loopback."""

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from headwater.avatars import Keeping, Shelf, ShelfError, open_shelf

NAME = "avt_0123456789abcdefABCDEF0123456789"
BUCKET = "pictures"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "one")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "two")


def bucket(endpoint: str, name: str = BUCKET) -> Shelf:
    return open_shelf(Keeping(directory="", bucket=name, endpoint=endpoint, region="eu-central-1"))


@pytest.fixture(params=["directory", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "directory":
        keeping = Keeping(directory=str(tmp_path / "a"), bucket="", endpoint="", region="")
        return open_shelf(keeping)
    endpoint = request.getfixturevalue("store")
    client: Any = boto3.client("s3", endpoint_url=endpoint, region_name="eu-central-1")
    where = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    return bucket(endpoint)


def test_what_is_put_is_there_until_it_is_dropped(shelf: Shelf) -> None:
    assert shelf.get(NAME) is None
    shelf.put(NAME, b"first")
    shelf.put(NAME, b"second")
    assert shelf.get(NAME) == b"second"
    shelf.drop(NAME)
    shelf.drop(NAME)
    assert shelf.get(NAME) is None


def test_a_bucket_without_its_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "headwater.avatars.bucket", None)
    with pytest.raises(ShelfError, match=re.escape("pip install 'headwater[s3]'")):
        bucket("http://127.0.0.1:9")


def test_a_place_that_cannot_be_used_says_so(store: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    taken = Keeping(directory=str(tmp_path / "file"), bucket="", endpoint="", region="")
    for broken in (bucket(store, "nowhere"), bucket("http://127.0.0.1:9"), open_shelf(taken)):
        with pytest.raises(ShelfError):
            broken.put(NAME, b"x")
