"""Signals at any moment of the real program: it ends by the table, and nothing is lost."""
