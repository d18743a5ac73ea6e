"""Reads botocore's model files by msgspec: a third of the time from the SDK's import to the first call went into them.

What comes out equals what botocore's own reader gives, but for its dicts being plain ones, which keep their order as well.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from os.path import isfile
from pathlib import Path
from typing import Any

import msgspec


class ModelFiles:
    """What ``botocore.loaders.Loader`` asks of its ``file_loader``; paths come without their ending."""

    def exists(self, file_path: str) -> bool:
        """Whether there is such a file, packed (as botocore ships most) or not. Asked of every service there is."""
        # a Path for each of the 430 services costs more than the look
        return isfile(f"{file_path}.json.gz") or isfile(f"{file_path}.json")  # noqa: PTH113

    def load_file(self, file_path: str) -> Any:
        """The content, None where there is no such file."""
        for ending, unpack in ((".json", bytes), (".json.gz", gzip.decompress)):
            try:
                content = Path(file_path + ending).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            return msgspec.json.decode(unpack(content))
        return None


def services_in(search_paths: Iterable[str], type_name: str = "") -> list[str]:
    """For ``Loader.list_available_services``: every folder of models, without a look into each of the 430 for a file of
    ``type_name``. One that has none is refused when its model is loaded."""
    folders = (path for path in map(Path, search_paths) if path.is_dir())
    return sorted({entry.name for folder in folders for entry in folder.iterdir() if not entry.suffix})
