"""The other package of this import name: `jupyter-spaces` (namespaces for notebooks), unrelated to this one.

Both install into a folder named `jupyter_spaces`, so that the one installed later overwrites files of the other, and
uninstalling either takes shared files away. No code can repair that; a sentence can.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

OTHER = "jupyter-spaces"
OURS = "jupyter-spaces-ml"


def other_package(folder: Path | None = None) -> str | None:
    """What to say when the other package's files are in our folder; None when they are not."""
    ours = (folder or Path(__file__).parent.parent).resolve()
    try:
        other = metadata.distribution(OTHER)
    except metadata.PackageNotFoundError:
        return None
    files = [Path(str(other.locate_file(file))) for file in other.files or ()]
    mixed = sorted(file.name for file in files if file.suffix == ".py" and file.parent.resolve() == ours)
    if not mixed:
        return None
    return (
        f"The unrelated package {OTHER} {other.version} is installed and shares the folder {ours.name} with {OURS} "
        f"(its files: {', '.join(mixed)}). Uninstall both and install the one you want: "
        f"pip uninstall -y {OTHER} {OURS}, then pip install {OURS}, then restart the kernel."
    )
