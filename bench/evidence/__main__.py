"""The command `python -m bench.evidence`: simulates, prints the claims, writes the page and its pictures."""

import argparse
import os
from multiprocessing import get_context
from pathlib import Path

from bench.evidence.measure import measure
from bench.evidence.page import page
from bench.evidence.plots import plots
from bench.evidence.shows import shows

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "bench/evidence.md"
IMAGES = ROOT / "docs/images"
SEED = 20_261_130


def main() -> None:
    """Run everything, in a few minutes on two processors."""
    options = argparse.ArgumentParser(prog="python -m bench.evidence", description=__doc__)
    options.add_argument("--seed", type=int, default=SEED, help="of all that is drawn")
    options.add_argument("--scale", type=float, default=1.0, help="times the number of deployments")
    options.add_argument("--page", type=Path, default=PAGE)
    options.add_argument("--images", type=Path, default=IMAGES)
    chosen = options.parse_args()
    with get_context("fork").Pool(os.process_cpu_count()) as pool:
        results = measure(chosen.seed, chosen.scale, pool.imap_unordered)
    for show in shows(results):
        what, figure, bar, verdict = show.cells
        print(f"{verdict:6}  {figure:>12}  {bar:>12}  {what}")
    chosen.page.write_text(page(results))
    chosen.images.mkdir(parents=True, exist_ok=True)
    for name, drawn in plots(results).items():
        (chosen.images / name).write_text(drawn)


if __name__ == "__main__":
    main()
