"""zuora-batch: an async batch job runner for the Zuora billing API."""

__version__: str


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: importing a floor reads no file."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - see above; it also costs start-up time

        return version("zuora-batch-runner")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
