"""`make local-stop`: the end of all that `make local` started. Safe to repeat."""

from local.start import local_stage


def main() -> None:
    """End the traffic, then the AWS."""
    local_stage().clear()


if __name__ == "__main__":
    main()
