"""The simulated tenant: a pure state machine with two doors.

`simulator` is the machine: it knows no clock, file or network. `in_process` is its door for simulation on
virtual time, `http_door` the one for everybody else; `process` starts, joins, ends and resets the server
behind that. `scenario` says what a scenario file may hold. All of it is written from Zuora's reference pages
and from what others have observed of live tenants: it refuses what Zuora refuses, whatever the runner sends.
"""
