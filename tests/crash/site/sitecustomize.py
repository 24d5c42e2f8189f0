"""Put on PYTHONPATH by a test: `headwater core` gets a disk with faults, other roles do not."""

import os
import sys
from pathlib import Path

if "core" in sys.orig_argv:
    sys.path.insert(0, os.environ["CRASH_TESTS_ROOT"])

    from tests.crash.faults import Faults
    from tests.crash.forgetful import FaultyVFS

    vfs = FaultyVFS(Faults(Path(os.environ["CRASH_TESTS_CONTROL"])))
