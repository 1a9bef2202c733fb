"""`python -m simulators.pictures --each N --out DIR`: drawn pictures and their labels, a tar and a manifest.

The manifest has the columns that `models.training` and `models.evaluate` read, so drawn pictures can be
trained on or judged, apart from real ones.
"""

import argparse
import csv
import hashlib
import io
import tarfile
from pathlib import Path

from rich.progress import track

from linli.profiles import builtin
from simulators.pictures.studio import ITEMS, SCENES, draw

COLUMNS = ("file", "tar", "sha256", "split", "bin", "fine", "source_repo", "near_dup_group")
TAR = "drawn.tar"
EVERY_TENTH = 10


def write(folder: Path, each: int, first_seed: int) -> int:
    """Draw `each` pictures of every item and scene into `folder`; one in ten is for validation.

    A scene has no item in it: `bin` is `none`, and `fine` is `none`, `covered` or `bag`. Returns how many
    were drawn. Raises OSError.
    """
    profile = builtin("national")
    wanted = [(name, first_seed + n) for n in range(each) for name in (*ITEMS, *SCENES)]
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "manifest-drawn.csv").open("w", newline="") as lines,
        tarfile.open(folder / TAR, "w") as tar,
    ):
        rows = csv.writer(lines)
        rows.writerow(COLUMNS)
        for name, seed in track(wanted, description="drawing"):
            jpeg = draw(name, seed)
            split = "val" if seed % EVERY_TENTH == 0 else "train"
            kind = profile.items[name].value if name in profile.items else "none"
            file = f"{split}/{name}/{seed:06d}.jpg"
            member = tarfile.TarInfo(file)
            member.size = len(jpeg)
            tar.addfile(member, io.BytesIO(jpeg))
            rows.writerow(
                (
                    file,
                    TAR,
                    hashlib.sha256(jpeg).hexdigest(),
                    split,
                    kind,
                    "none" if name == "empty" else name,
                    "drawn",
                    f"drawn-{name}-{seed}",
                )
            )
    return len(wanted)


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m simulators.pictures", description=__doc__)
    parser.add_argument("--each", type=int, default=100, help="pictures of each item (default %(default)s)")
    parser.add_argument("--first-seed", type=int, default=1, help="the seeds count up from here")
    parser.add_argument("--out", type=Path, required=True, help="folder for drawn.tar and manifest-drawn.csv")
    options = parser.parse_args()
    count = write(options.out, options.each, options.first_seed)
    print(f"{count} pictures in {options.out / TAR}")


if __name__ == "__main__":
    main()
