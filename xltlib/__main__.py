"""``python -m xltlib``."""

from .cli import main

if __name__ == "__main__":
    main()
