"""The sealed package: made of what was handed over, the same bytes each time, and every manipulation shows."""

import io
import json
import random
import shutil
import subprocess
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from tests.justice.world import world
from zhiheng.cli import app
from zhiheng.core import package, signing
from zhiheng.core.cases import handling
from zhiheng.systems.justice import actions, sealing
from zhiheng.systems.justice.queries import documents_that_may_go, files_that_may_go

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
FILES = {"documents/001-a.pdf": b"%PDF-1 a", "files/001.png": b"picture", "evidence.csv": b"x,y\n"}
ABOUT = {"case": {"number": "移1号", "office": "某局"}, "as_of": "2026-11-26T10:00:00+08:00", "for": "police"}


def sealed() -> bytes:
    return package.seal(ABOUT, FILES, KEY)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def first(data: bytes, key=None) -> tuple[str, str]:
    found = package.verify(data, key)
    assert not found.ok
    assert not found.trusted
    return found.faults[0].code, found.faults[0].path


def test_a_package_holds_and_its_bytes_follow_from_what_is_in_it():
    assert (
        sealed()
        == sealed()
        == package.seal(dict(reversed(ABOUT.items())), dict(reversed(FILES.items())), KEY)
    )
    found = package.verify(sealed(), KEY.public_key())
    assert found.ok
    assert found.trusted
    assert found.manifest["files"][0]["path"] == "SHA256SUMS"
    assert package.verify(sealed()).ok
    assert not package.verify(sealed()).trusted


def test_a_file_changed_missing_or_added_is_named():
    held = parts(sealed())
    assert first(package.archive({**held, "files/001.png": b"Picture"})) == ("differs", "files/001.png")
    assert first(package.archive({**held, "files/001.png": b""})) == ("differs", "files/001.png")
    assert first(package.archive({k: v for k, v in held.items() if k != "evidence.csv"})) == (
        "missing",
        "evidence.csv",
    )
    assert first(package.archive({**held, "files/002.png": b"new"})) == ("extra", "files/002.png")
    assert first(package.archive({**held, "../../etc/passwd": b"new"})) == ("extra", "../../etc/passwd")
    swapped = {
        **held,
        "files/001.png": held["documents/001-a.pdf"],
        "documents/001-a.pdf": held["files/001.png"],
    }
    assert first(package.archive(swapped)) == ("differs", "documents/001-a.pdf")
    renamed = {**held, "files/009.png": held["files/001.png"]}
    del renamed["files/001.png"]
    assert first(package.archive(renamed)) == ("missing", "files/001.png")


@pytest.mark.parametrize("path", [package.MANIFEST, package.SIGNATURE, package.KEY])
def test_without_manifest_signature_or_key_there_is_nothing_to_check(path):
    held = parts(sealed())
    del held[path]
    assert first(package.archive(held)) == ("missing", path)


def test_a_manifest_that_was_rewritten_is_not_the_one_signed():
    held = parts(sealed())
    manifest = json.loads(held[package.MANIFEST])
    for one in manifest["files"]:
        if one["path"] == "files/001.png":
            one["sha256"], one["size"] = package.sha256(b"forged"), 6
    forged = {**held, package.MANIFEST: package.canonical(manifest), "files/001.png": b"forged"}
    assert first(package.archive(forged)) == ("signature", "manifest.json")
    for wrong in (b"", b"\0" * 64, held[package.SIGNATURE] + b"\0", OTHER.sign(held[package.MANIFEST])):
        assert first(package.archive({**held, package.SIGNATURE: wrong})) == ("signature", "manifest.json")


def test_who_signs_again_with_a_key_of_his_own_is_found_out_by_the_office_s_key():
    forged = package.seal(ABOUT, {**FILES, "files/001.png": b"forged"}, OTHER)
    assert first(forged, KEY.public_key()) == ("other_key", "key.pem")
    mixed = {**parts(sealed()), package.KEY: parts(forged)[package.KEY]}
    assert first(package.archive(mixed)) == ("signature", "manifest.json")
    assert package.verify(forged).fingerprint != package.fingerprint(KEY.public_key())


def resign(manifest: bytes, **more: bytes) -> bytes:
    """A package whose manifest says something it should not, signed all the same."""
    return package.archive(
        {**parts(sealed()), **more, package.MANIFEST: manifest, package.SIGNATURE: KEY.sign(manifest)}
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda m: b"not json", lambda m: b"[]", lambda m: b"\xff", lambda m: b"[" * 100_000,
        lambda m: json.dumps(json.loads(m), indent=1).encode(),
        lambda m: package.canonical({**json.loads(m), "format": "other/9"}),
        lambda m: package.canonical({**json.loads(m), "key": "0" * 64}),
        lambda m: package.canonical({**json.loads(m), "files": None}),
        lambda m: package.canonical({**json.loads(m), "files": [{"path": "a"}]}),
        lambda m: package.canonical({**json.loads(m), "files": json.loads(m)["files"] * 2}),
        lambda m: package.canonical({k: v for k, v in json.loads(m).items() if k != "files"}),
    ],
)  # fmt: skip
def test_a_manifest_that_is_no_manifest(change):
    assert first(resign(change(parts(sealed())[package.MANIFEST]))) == ("manifest", "manifest.json")


@pytest.mark.parametrize(
    "pem", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_key_that_is_none(pem):
    assert first(package.archive({**parts(sealed()), package.KEY: pem})) == ("differs", "key.pem")


def test_a_key_of_another_kind_or_written_otherwise():
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    held = parts(sealed())
    assert first(package.archive({**held, package.KEY: pem})) == ("differs", "key.pem")
    assert first(package.archive({**held, package.KEY: held[package.KEY] + b"\n# a note\n"})) == (
        "differs",
        "key.pem",
    )


def zipped(entries, how=zipfile.ZIP_STORED, comment=b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as packed:
        for name, data in entries:
            packed.writestr(name, data)
        packed.comment = comment
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_was_packed_anew_shows():
    held = sorted(parts(sealed()).items())
    assert first(zipped(held)) == ("form", "")  # other times
    assert first(zipped(held, comment=b"hello"))[0] == "form"
    assert first(zipped(held, zipfile.ZIP_DEFLATED))[0] == "form"
    assert first(zipped([*held, ("files/001.png", b"forged")])) == ("twice", "files/001.png")
    assert first(b"#!/bin/sh\n" + sealed())[0] in {"form", "not_a_package"}
    assert first(sealed() + b"tail")[0] in {"form", "not_a_package"}


def test_what_is_no_archive_or_a_broken_one_is_said_to_be():
    whole = sealed()
    for data in (b"", b"PK", b"hello" * 100, whole[: len(whole) // 2], whole[len(whole) // 2 :]):
        assert first(data)[0] in {"not_a_package", "too_large"}
    bomb = zipped([("a", b"\0" * 10_000_000)], zipfile.ZIP_DEFLATED)
    assert first(bomb) == ("too_large", "")


def test_a_file_damaged_on_its_way_is_named():
    damaged = sealed().replace(b"picture", b"pictures"[:6] + b"E")
    assert first(damaged) == ("differs", "files/001.png")


def test_a_change_of_any_byte_shows():
    whole, chance = sealed(), random.Random(7)
    for place in {*range(0, len(whole), 7), *chance.sample(range(len(whole)), 150)}:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        assert not package.verify(bytes(changed), KEY.public_key()).ok, place


# -- made of a case ------------------------------------------------------------------------------------------------


@pytest.fixture
def w(db):
    w = world()
    actions.enclose(
        w.chen,
        w.transfer,
        [d.pk for d in documents_that_may_go(w.penalty)],
        [files_that_may_go(w.penalty)[0].pk],
    )
    w.hand_over()
    w.take(w.police, "sign", signed_at=w.now())
    return w


def test_the_package_of_a_case_holds_what_the_police_see_and_nothing_else(w):
    data = sealing.build(w.transfer, "police")
    found = package.verify(data, signing.key().public_key())
    assert found.ok
    names = [(one["name"], one["origin"]["case"]) for one in found.manifest["items"]]
    assert [n for n, _case in names[:4]] == [
        "涉嫌犯罪案件情况的调查报告",
        "涉嫌犯罪案件移送书",
        "涉案物品清单",
        "涉嫌犯罪案件移送书回执",
    ]
    assert {case for _n, case in names[4:]} == {w.penalty.number}
    assert len(names) == 7
    whole = data.decode("utf-8", "ignore")
    for hidden in ("李举报", "先不要惊动", "内部：货值"):
        assert hidden not in whole
    handed = found.manifest["items"][-1]["custody"]
    assert [e["what"] for e in handed] == ["收存", "列入随案移送材料", "移送公安机关", "签收"]
    assert handed[-1]["who"] == "广州市海珠区公安机关"


def test_the_bytes_are_the_same_until_something_happens(w):
    before = sealing.build(w.transfer, "police")
    handling.note(w.chen, w.transfer, "内部记录")
    assert sealing.build(w.transfer, "police") == before
    w.take(w.police, "file", filing_no="1")
    assert sealing.build(w.transfer, "police") != before
    assert sealing.build(w.transfer, "procurator") != sealing.build(w.transfer, "police")


def test_a_signed_scan_goes_along(w):
    from tests.justice.world import picture

    letter = w.transfer.documents.get(kind="transfer_letter")
    handling.sign(w.chen, letter, picture("white"))
    found = package.verify(sealing.build(w.transfer, "police"))
    assert found.ok
    assert [i["path"] for i in found.manifest["items"] if "signed" in i["path"]] == [
        "documents/002-transfer-letter-signed.png"
    ]


def test_who_downloads_is_written_down(client, w, settings):
    from django.urls import reverse

    from zhiheng.core.ledger.models import Entry

    settings.DEMO = True
    client.force_login(w.police)
    answer = client.get(reverse("justice:package", args=[w.transfer.pk]), {"for": "procurator"})
    assert answer.content == sealing.build(w.transfer, "police")  # his own, whatever he asks for
    entry = Entry.objects.get(action="justice.package")
    assert entry.detail["sha256"] == package.sha256(answer.content)
    assert client.get(reverse("justice:key")).content == signing.public_pem()


# -- the command -----------------------------------------------------------------------------------------------------


def call(*arguments) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["package", "verify", *map(str, arguments)])
    return result.exit_code, result.stdout


def test_the_command_says_it_with_its_status(tmp_path):
    good, bad, key, other = (tmp_path / name for name in ("good.zip", "bad.zip", "key.pem", "other.pem"))
    good.write_bytes(sealed())
    bad.write_bytes(package.archive({**parts(sealed()), "files/001.png": b"x", "zz": b""}))
    key.write_bytes(package.public_pem(KEY.public_key()))
    other.write_bytes(package.public_pem(OTHER.public_key()))
    assert call(good)[0] == 0
    assert call(good, "--key", key)[0] == 0
    assert call(good, "--key", other)[0] == 1
    status, said = call(bad, "--key", key, "--json")
    assert status == 1
    assert json.loads(said)["first"] == "files/001.png"
    assert [f["code"] for f in json.loads(said)["faults"]] == ["differs", "extra"]
    status, said = call(good, "--json")
    assert (status, json.loads(said)["ok"], json.loads(said)["trusted"]) == (0, True, False)
    for wrong in (
        (tmp_path / "none.zip",),
        (good, "--key", good),
        (good, "--key", tmp_path / "none.pem"),
        (tmp_path,),
        (),
    ):
        assert call(*wrong)[0] == 2


def test_the_command_needs_neither_database_nor_home(tmp_path):
    import os
    import sys

    file = tmp_path / "good.zip"
    file.write_bytes(sealed())
    home = tmp_path / "home"
    env = {
        **os.environ,
        "ZHIHENG_HOME": str(home),
        "ZHIHENG_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    }
    code = "import sys; from zhiheng.cli import app; app(['package', 'verify', sys.argv[1]])"
    result = subprocess.run(
        [sys.executable, "-c", code, str(file)], env=env, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert not home.exists()


def test_openssl_and_sha256sum_agree_as_the_documentation_says(tmp_path):
    """The stand-alone check of docs/justice.md, line for line."""
    from pathlib import Path

    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    text = (Path(__file__).resolve().parents[2] / "docs/justice.md").read_text(encoding="utf-8")
    script = text.split("```sh\n", 1)[1].split("```", 1)[0]
    (tmp_path / "trusted.pem").write_bytes(package.public_pem(KEY.public_key()))

    def run(data: bytes) -> int:
        folder = tmp_path / package.sha256(data)[:8]
        folder.mkdir()
        (folder / "package.zip").write_bytes(data)
        shutil.copy(tmp_path / "trusted.pem", folder / "trusted.pem")
        return subprocess.run(
            ["sh", "-e", "-c", script], cwd=folder, capture_output=True, timeout=60
        ).returncode

    held = parts(sealed())
    assert run(sealed()) == 0
    assert run(package.archive({**held, "files/001.png": b"x"})) != 0
    assert run(package.archive({**held, "files/extra": b"x"})) != 0
    assert run(package.seal(ABOUT, FILES, OTHER)) != 0
    manifest = held[package.MANIFEST].replace(b"2026", b"2025")
    assert run(package.archive({**held, package.MANIFEST: manifest})) != 0
