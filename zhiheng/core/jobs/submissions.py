"""What came in, kept as it came: on disk and synced before anything is acknowledged."""

import hashlib
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from zhiheng.core.problems import Problem


@dataclass(frozen=True)
class Kept:
    """A submission on disk: ``path`` is relative to the submissions folder."""

    path: str
    size: int
    sha256: str


def keep(chunks: Iterable[bytes], *, today: date, limit: int | None = None) -> Kept:
    """Write a submission durably: to a temporary name, synced, renamed, the folder synced.

    Raises Problem ``too_large`` (413) past ``limit`` bytes; nothing stays behind then.
    """
    limit = settings.MAX_BODY if limit is None else limit
    folder = Path(settings.SUBMISSIONS) / f"{today:%Y/%m/%d}"
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for parent in (folder, *folder.parents):
            _sync_folder(parent)
            if parent == Path(settings.SUBMISSIONS):
                break
    name = uuid.uuid4().hex
    part = folder / f"{name}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise Problem(
                        "too_large",
                        f"The submission is larger than {limit:,} bytes.",
                        status=413,
                        remedy="Split it into several documents and send each.",
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / name)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem(
            "cannot_keep",
            f"The submission cannot be kept: {error.strerror or error}.",
            status=507,
            remedy="Nothing was taken. Send it again later; the operator has to make room (zhiheng doctor).",
        ) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return Kept(f"{today:%Y/%m/%d}/{name}", size, digest.hexdigest())


def locate(path: str) -> Path:
    """The file of a kept submission."""
    return Path(settings.SUBMISSIONS) / path


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def discard(path: str) -> None:
    """Remove a submission that turned out to be here already."""
    locate(path).unlink(missing_ok=True)
