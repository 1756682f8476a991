"""The real program, killed at random moments while its tenant lives on in a process of its own."""
