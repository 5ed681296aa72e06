"""`python -m tests.support.releases DIRECTORY`: how the code that lies here makes each journey, as data."""

import logging
import sys
from pathlib import Path

from tests.contract.analysis.template import ROOT
from tests.support.releases.journeys import JOURNEYS
from tests.support.releases.recording import all_recorded, file_of, written


def main() -> None:
    logging.disable(logging.CRITICAL)
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True)
    definition = ROOT / "statemachine" / "deploy.asl.json"
    (directory / "definition.json").write_bytes(definition.read_bytes())
    for journey, recording in all_recorded(JOURNEYS):
        file_of(directory, journey).write_text(written(recording))


if __name__ == "__main__":
    main()
