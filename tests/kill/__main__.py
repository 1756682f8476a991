"""`python -m tests.kill --kills N --operations M --seed S`."""

import sys

from tests.kill.torture import main

if __name__ == "__main__":
    sys.exit(main())
