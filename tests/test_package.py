import subprocess
import sys
from importlib.metadata import version

import pytest

import runner


def test_version_is_the_installed_one():
    """The package's version is the one that the installation recorded."""
    assert runner.__version__ == version("zuora-batch-runner")


def test_unknown_attribute_is_an_attribute_error():
    """Only the version is looked up late; any other unknown name fails as usual."""
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = runner.missing


def test_runs_as_a_module():
    """`python -m runner` is the same program as `zuora-batch`."""
    said = subprocess.run(
        [sys.executable, "-m", "runner", "--version"], capture_output=True, text=True, check=True
    )
    assert version("zuora-batch-runner") in said.stdout
