"""`python -m tests.security --strings N --seed S`."""

import sys

from tests.security.figures import main

if __name__ == "__main__":
    sys.exit(main())
