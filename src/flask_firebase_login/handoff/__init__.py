"""From one signed-in place to another: codes for apps, codes for other devices, links from an app into the browser.

Nothing here imports Authlib but `oauth.py`, which is loaded where a client is configured.
"""

from __future__ import annotations

from .models import HandoffMixin
from .service import Handoffs

__all__ = ["HandoffMixin", "Handoffs"]
