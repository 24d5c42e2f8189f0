"""The official TypeScript SDK of the reference, unmodified, in a Node process of its own."""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "js"
NODE = shutil.which("node")


class SdkError(Exception):
    """What the SDK threw: `name` of its class, HTTP `status`, `code` of the envelope."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(said)
        self.name: str = said["name"]
        self.status: int | None = said.get("status")
        self.code: str | None = said.get("code")


@dataclass(slots=True)
class Sdk:
    """`sdk("links.create", {...})` calls that method with those arguments."""

    url: str
    key: str
    retries: bool = False
    _process: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        command = [NODE or "node", str(HERE / "bridge.mjs"), self.url, self.key]
        self._process = subprocess.Popen(
            [*command, *(["retry"] if self.retries else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, call: str, *args: Any, pages: int | None = None) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"call": call, "args": args, "pages": pages})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        if "error" in said:
            raise SdkError(said["error"])
        return said.get("result")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(10) == 0
        if self._process.stdout is not None:
            self._process.stdout.close()


def refused(sdk: Sdk, call: str, *args: Any) -> str:
    """The name of the class that was thrown."""
    with pytest.raises(SdkError) as thrown:
        sdk(call, *args)
    return thrown.value.name
