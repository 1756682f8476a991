"""The checkpoint: what a run knows, on disk, and the registry of the acts that runs hold.

`checkpoint.db` is the truth. `planwriter` makes it, `writer` adds events to it, `reader` reads it (also
while a writer runs), `verify` checks all of it, `runs` finds it, `acts` knows which act is held where.
"""
