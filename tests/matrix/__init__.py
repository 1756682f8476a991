"""The fault matrix: every fault of the failure model's sections 3.B, 3.C and 3.D on each of the operations.

A cell is a fault, an operation, whether the struck write took effect (`none`, `applied`, `late`), and a
course: the launch goes on (`through`), or a SIGINT comes while the struck reply is on its way (`stopped`).
Then follow a calm launch that only reads, and one that sends again. `faults` says by hand what each reply
means (the tables of 3.B and 3.C), `fates` what comes of each meaning (the tables of 4.5 and the contract);
`sequences` and `meaning` are cells of their own. None of it is computed by what the program itself knows.
`test_network` shows the rows that are seen only on a socket.

What is not a cell, and why:

- A lie: a reply that proves that nothing was done (a 400, a lock, a 429, "not found", a connection that was
  never made) of a write that took effect all the same, now or later; and a success that names a well-formed
  id of a bill run that is not ours. Nothing can be right about those (`tests/simulation/scenarios.py`).
- A business refusal under a key whose earlier request took effect: the server replays what it stored.
- "Someone undid our effect before we sent again" (3.D) for a detach: nobody can attach a charge again in the
  simulated tenant, and a schedule shows no date by which the two attachments could be told apart. For a
  bill run the changed date is a cell (`meaning`).
- DNS, refused and stalled connections are one cell here (`NotSent`), as resets, FINs, truncations and time
  limits are (`Lost`): what makes them so is shown on sockets.
"""
