"""The examples of the API page, each of which runs."""

from pathlib import Path

import headwater.http.reference

EXAMPLES = Path(headwater.http.reference.__file__).parent / "examples.json"
