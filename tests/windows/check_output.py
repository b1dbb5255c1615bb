"""check_output.py GALLERY OUTPUT [ROOT]: is every usable picture published, unchanged and in natural order?

OUTPUT is what `bbdrop --run-once --output-to-stdout` printed under Wine for the folder host: BBCode whose links are
file URLs on drive Z:, the root directory; with ROOT what it printed in that root directory on Linux.
"""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

gallery, output = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
FORMATS = {".jpg", ".png", ".gif", ".webp", ".bmp", ".tiff", ".avif"}


def natural(name):
    return [int(part) if part.isdigit() else part.casefold() for part in re.split(r"(\d+)", name)]


usable = [path.name for path in gallery.iterdir() if path.suffix in FORMATS and path.name != "broken.jpg"]
root = sys.argv[3].rstrip("/") if len(sys.argv) > 3 else ""
published = [Path(root + unquote(link).removeprefix("file://").removeprefix("/Z:")) for link in re.findall(r"\[url=([^\]]+)\]", output)]

assert len(usable) >= 12, usable
assert [path.name for path in published] == sorted(usable, key=natural), output
for path in published:
    assert path.read_bytes() == (gallery / path.name).read_bytes(), f"not the original: {path}"
print(f"{len(published)} pictures published")
