"""Job files: CSV and JSONL, read as a stream, strictly."""

from runner.edge.jobfile.reader import JobReader

__all__ = ["JobReader"]
