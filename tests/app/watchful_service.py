"""``offbook`` as a process that looks every second for what it lacks, rather than once a minute."""

from app.cli import main
from app.search import outdated

if __name__ == "__main__":
    outdated._LOOK_SECONDS = 1.0
    main()
