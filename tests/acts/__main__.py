"""Many sequences of human acts: `python -m tests.acts`."""

import sys

from tests.acts.torture import main

if __name__ == "__main__":
    sys.exit(main())
