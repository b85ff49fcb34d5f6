"""Builds the pages' scripts and catalogues into the wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "src/flask_firebase_login/pages/static/build/manifest.json"


class BuildPages(BuildHookInterface[Any]):
    """Runs `tools/build_pages.py`, unless it has run; an editable install leaves that to `make`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, where the wheel is a real one."""
        root = Path(self.root)
        if version != "editable" and not (root / BUILT).exists():
            subprocess.run([sys.executable, str(root / "tools" / "build_pages.py")], check=True)
