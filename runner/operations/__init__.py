"""The operations: a kind of change Zuora makes for us, one file (or folder) each."""

from runner.operations.catalog import CATALOG

__all__ = ["CATALOG"]
