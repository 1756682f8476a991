"""Bugs planted on purpose, one at a time: the harness catches each of them (`python -m tests.planted`)."""
