"""A backup holds what the database knows of: restored elsewhere, everything is there."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.trace.build import document, made, serial
from zhiheng import care
from zhiheng.core import files
from zhiheng.core.jobs import submissions
from zhiheng.trace.capture import submit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL's own tool copies a database of its own"
)
def test_submissions_files_and_keys_are_in_the_archive(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    settings.SUBMISSIONS, settings.FILES = settings.HOME / "submissions", settings.HOME / "files"
    (settings.HOME / "data_key").write_text("k")
    job = submit(None, [document([made(1, 1, serial(1, "a"))])])
    digest = files.keep(b"what a party sent")
    (settings.FILES / "ab").mkdir()
    (settings.FILES / "ab" / "half.part").write_bytes(b"not whole")
    target = tmp_path / "zhiheng.tar"
    assert care.back_up(target) == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    with tarfile.open(target) as archive:
        names = set(archive.getnames())
    assert {"BACKUP", "zhiheng.sqlite3", "data_key", f"files/{digest[:2]}/{digest}"} <= names
    assert f"submissions/{submissions.locate(job.path).relative_to(settings.SUBMISSIONS)}" in names
    assert not [name for name in names if name.endswith(".part")]
