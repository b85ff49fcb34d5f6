"""Holds the coverage of branches alone, which coverage's own `fail_under` mixes with that of lines.

    coverage json --quiet -o - | python tools/check_branches.py

`make test` ends with it.
"""

from __future__ import annotations

import json
import sys

MIN_PERCENT = 95.0


def main() -> int:
    """Print the share of branches that the tests took; fail where it is under the bound."""
    totals = json.load(sys.stdin)["totals"]
    percent = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"{totals['covered_branches']} of {totals['num_branches']} branches: {percent:.1f} % (at least {MIN_PERCENT} %)")
    return 0 if percent >= MIN_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
