"""`make local-stop`: ends what `make local` started. Safe to repeat."""

from local.start import local_stage


def main() -> None:
    """Traffic first, then the AWS below it."""
    local_stage().clear()


if __name__ == "__main__":
    main()
