"""The Notes app's own logic, without a browser: its modules are beside its `main.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "notes" / "app"))
