"""One module for each command, with a `VERB` in it; `runner.cli.table` lists them."""
