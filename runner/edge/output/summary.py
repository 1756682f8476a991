"""`summary.json`."""

import json
from typing import Final

from runner.core.runsummary import Summary

SUMMARY_JSON: Final = "summary.json"


def summary_text(summary: Summary) -> str:
    """The document as the file holds it and `run --json` prints it, with its line end."""
    return json.dumps(summary.to_json(), ensure_ascii=False, indent=2) + "\n"
