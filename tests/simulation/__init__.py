"""The real core and engine on virtual time, against the simulated tenant."""
