"""The loop: asks the core what comes next, has it done, has it written down."""
