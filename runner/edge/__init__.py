"""The outside world: files, store, network, terminal; foreign errors are translated here."""
