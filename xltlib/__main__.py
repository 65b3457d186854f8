"""``python -m xltlib``."""

from . import signals


def main() -> None:
    """The command line, with signals heeded before the first slow import."""
    signals.end_at_once()
    from .cli import main as command

    command()


if __name__ == "__main__":
    main()
