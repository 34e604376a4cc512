"""The sealed package: a ZIP whose bytes follow from what is in it, with a signed manifest. No Django, no database.

``manifest.json`` names every file with its size and SHA-256 in canonical JSON; ``manifest.sig`` is the Ed25519
signature of exactly those bytes; ``key.pem`` the public key to it. Nothing else may be in the archive, and the archive
itself has one form only, so that a change of any byte shows.
"""

import base64
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

TRANSFER, CREDIT = "zhiheng-transfer-package/1", "zhiheng-credit-package/1"
FORMATS = frozenset((TRANSFER, CREDIT))
MANIFEST, SIGNATURE, KEY, SUMS = "manifest.json", "manifest.sig", "key.pem", "SHA256SUMS"
LARGEST = 2 * 1024**3  # bytes that a package may hold unpacked; a bomb is not unpacked
_WHEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Fault:
    """What does not hold, and with which file of the package."""

    code: str
    path: str
    message: str


@dataclass(frozen=True)
class Verdict:
    """What checking a package came to. ``trusted``: the key was compared with one that was given."""

    faults: tuple[Fault, ...]
    manifest: dict[str, Any]
    fingerprint: str = ""
    trusted: bool = False

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.faults


def canonical(document: Any) -> bytes:
    """JSON in its one form: keys sorted, nothing between the tokens, UTF-8, a line feed at the end."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode()


def private_key(text: str) -> Ed25519PrivateKey:
    """The key from the base64 of its 32 bytes. Raises ValueError when it is none."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM, as openssl reads it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the public key's DER form: ``openssl pkey -pubin -outform DER | sha256sum``."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def read_key(pem: bytes) -> Ed25519PublicKey:
    """An Ed25519 public key from PEM. Raises ValueError when it is none."""
    if not pem.lstrip().startswith(b"-----BEGIN PUBLIC KEY-----"):
        raise ValueError("this is no public key in PEM form")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"this is no public key in PEM form: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("this is a public key of another kind than Ed25519")
    return key


def sha256(data: bytes) -> str:
    """The hash of some bytes, as sha256sum writes it."""
    return hashlib.sha256(data).hexdigest()


def seal(
    about: Mapping[str, Any], files: Mapping[str, bytes], key: Ed25519PrivateKey, format: str = TRANSFER
) -> bytes:
    """The package of some files. ``about`` is what the manifest says besides; the same input gives the same bytes."""
    sums = "".join(f"{sha256(data)}  {path}\n" for path, data in sorted(files.items()))
    held = {**files, SUMS: sums.encode()}
    public = key.public_key()
    manifest = canonical(
        {
            **about,
            "format": format,
            "key": fingerprint(public),
            "files": [
                {"path": path, "sha256": sha256(data), "size": len(data)}
                for path, data in sorted(held.items())
            ],
        }
    )
    return archive({**held, MANIFEST: manifest, SIGNATURE: key.sign(manifest), KEY: public_pem(public)})


def archive(files: Mapping[str, bytes]) -> bytes:
    """A ZIP in its one form: entries by name, stored, no times, no comments."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _WHEN)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            packed.writestr(entry, files[path])
    return out.getvalue()


class _Found(Exception):
    """The first fault after which nothing more can be said."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code, path, message)


def verify(data: bytes, key: Ed25519PublicKey | None = None) -> Verdict:
    """Check a package: signature, every file, nothing missing and nothing added. With ``key``, that it is the signer's.

    Faults come in the order: archive, manifest, key, signature, then the files by name. Codes: ``not_a_package``,
    ``too_large``, ``twice``, ``missing``, ``extra``, ``differs``, ``manifest``, ``other_key``, ``signature``, ``form``.
    """
    try:
        held = _unpack(data)
        for path in (MANIFEST, SIGNATURE, KEY):
            if path not in held:
                raise _Found("missing", path, f"{path} is missing")
        try:
            inside = read_key(held[KEY])
        except ValueError as error:
            raise _Found("differs", KEY, f"{KEY}: {error}") from None
        mark = fingerprint(inside)
        try:
            inside.verify(held[SIGNATURE], held[MANIFEST])
        except InvalidSignature:
            raise _Found(
                "signature", MANIFEST, f"{SIGNATURE} is not the signature of {MANIFEST} under {KEY}"
            ) from None
        manifest, listed = _read_manifest(held[MANIFEST], mark)
    except _Found as found:
        return Verdict((found.fault,), {})
    faults = []
    if key is not None and fingerprint(key) != mark:
        faults.append(
            Fault("other_key", KEY, f"signed with the key {mark}, not with the one given, {fingerprint(key)}")
        )
    for path in sorted({*listed, *held} - {MANIFEST, SIGNATURE, KEY}):
        if path not in held:
            faults.append(Fault("missing", path, f"{path} is in the manifest and not in the package"))
        elif path not in listed:
            faults.append(Fault("extra", path, f"{path} is in the package and not in the manifest"))
        elif listed[path] != (sha256(held[path]), len(held[path])):
            faults.append(Fault("differs", path, f"{path} is not what was sealed"))
    if held[KEY] != public_pem(inside):
        faults.append(Fault("differs", KEY, f"{KEY} is not written as it was sealed"))
    if not faults and archive(held) != data:
        faults.append(
            Fault("form", "", "every file is what was sealed, but the archive around them was rewritten")
        )
    return Verdict(tuple(faults), manifest, mark, key is not None and not faults)


def files_of(data: bytes) -> dict[str, bytes]:
    """What a package holds; only of one that ``verify`` found whole."""
    return {
        path: held for path, held in _unpack(data).items() if path not in (MANIFEST, SIGNATURE, KEY, SUMS)
    }


def sign(document: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """A document with its signature: Ed25519 over its canonical JSON without the signature, base64."""
    bare = {k: v for k, v in document.items() if k != "signature"} | {"key": fingerprint(key.public_key())}
    return {**bare, "signature": base64.b64encode(key.sign(canonical(bare))).decode()}


def signed_by(document: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether a document's signature is of that key."""
    bare = {k: v for k, v in document.items() if k != "signature"}
    try:
        key.verify(base64.b64decode(str(document.get("signature", "")), validate=True), canonical(bare))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _unpack(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if sum(entry.file_size for entry in entries) > min(LARGEST, max(len(data), 1)):
                raise _Found(
                    "too_large", "", "the files are said to be larger than the package that holds them"
                )
            held: dict[str, bytes] = {}
            for entry in entries:
                if entry.filename in held:
                    raise _Found("twice", entry.filename, f"{entry.filename} is in the package twice")
                if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
                    raise _Found(
                        "form",
                        entry.filename,
                        f"{entry.filename} is compressed or encrypted; a sealed one is not",
                    )
                try:
                    held[entry.filename] = packed.read(entry)
                except zipfile.BadZipFile as error:
                    raise _Found("differs", entry.filename, f"{entry.filename} is damaged: {error}") from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _Found("not_a_package", "", f"this is no whole package: {error}") from None
    return held


def _read_manifest(text: bytes, mark: str) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
    try:
        manifest = json.loads(text)
        if not isinstance(manifest, dict) or manifest.get("format") not in FORMATS:
            raise ValueError(f"it is of none of the formats {', '.join(sorted(FORMATS))}")
        if canonical(manifest) != text:
            raise ValueError("it is not canonical JSON")
        if manifest["key"] != mark:
            raise ValueError("it names another key")
        listed = {one["path"]: (one["sha256"], one["size"]) for one in manifest["files"]}
        if len(listed) != len(manifest["files"]):
            raise ValueError("it names a file twice")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _Found("manifest", MANIFEST, f"{MANIFEST} does not hold: {error}") from None
    return manifest, listed
