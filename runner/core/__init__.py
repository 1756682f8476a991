"""The pure core: it decides, and knows nobody.

Standard library only; no clock, file, network or randomness. Time is always an argument, in seconds
since the Unix epoch (UTC).
"""
