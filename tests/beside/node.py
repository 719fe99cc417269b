"""Node.js and the packages that ``.ci/run`` installs from this folder's lock."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
FOLDER = Path(os.environ.get("TINNHIEM_BESIDE", Path.home() / ".cache" / "tinnhiem" / "beside"))
LONGEST_S = 300


def need(*packages: str) -> None:
    """Skip the test where one of these is missing, or fail it where ``TINNHIEM_REQUIRE_BESIDE=1`` asks for all."""
    lacks = [] if NODE else ["Node.js"]
    lacks += [one for one in packages if not (FOLDER / "node_modules" / one).is_dir()]
    if not lacks:
        return
    said = f"{', '.join(lacks)} missing in {FOLDER} (.ci/run installs it)"
    if os.environ.get("TINNHIEM_REQUIRE_BESIDE") == "1":
        pytest.fail(f"TINNHIEM_REQUIRE_BESIDE=1, and {said}")
    pytest.skip(said)


def run(driver: Path, asked: Any, environment: Mapping[str, str] | None = None) -> Any:
    """What a driver of ours says (JSON) when it is given this (JSON, in a file)."""
    assert NODE is not None
    with tempfile.TemporaryDirectory() as folder:
        question = Path(folder) / "asked.json"
        question.write_text(json.dumps(asked), encoding="utf-8")
        done = subprocess.run(  # noqa: S603  Our own driver by the Node.js of the system.
            [NODE, driver, FOLDER, question],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=LONGEST_S,
            env=os.environ | dict(environment or {}),
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
