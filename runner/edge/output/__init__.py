"""The files that people read: ledger, result files, summary, report.

Derived from the checkpoint, never read back.
"""
