"""As much of JSON-LD contexts as EPCIS needs: which namespace a prefix stands for.

Contexts named by URL are not fetched. Those of GS1 bring the prefixes below; of any other only what
stands inline is known.
"""

from __future__ import annotations

import re
from typing import Any

from zhiheng.knowledge.codes.errors import quoted

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
STANDARD_PREFIXES: dict[str, str] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
# A repository that adds members of its own to what it passes on names them under this name, so that they do
# not change the hash: a convention of the hash algorithm's reference implementation.
IGNORE = ("https://repository-x.example.com/", "ignoreFields")
_NOT_IN_URI = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f]")
_OF_GS1 = re.compile(r"https?://(?:ref\.gs1\.org|gs1\.github\.io|(?:www\.)?gs1\.org)/", re.I)
_SCHEMES = frozenset(("http", "https", "urn", "ni", "tag", "did", "info"))


class Context:
    """An @context value with its prefixes worked out once.

    ``curies``: whether a value such as ``example:x`` is a compact URI. In JSON-LD it is; in XML it is a URI
    with the scheme ``example``, except under the prefixes of GS1 itself. ``ignored``: members that the
    document wants left out of the event hash (see ``IGNORE``).
    """

    __slots__ = ("_made", "curies", "foreign", "ignored", "prefixes", "value")

    def __init__(self, value: Any = None, curies: bool = True) -> None:
        self.curies = curies
        self.ignored: frozenset[str] = frozenset()
        self.value: Any = STANDARD_CONTEXT if value is None else value
        self.prefixes: dict[str, str] = dict(STANDARD_PREFIXES)
        self._made: dict[str, tuple[str, str] | None] = {}
        _collect(self.value, self.prefixes)
        urls = self.value if isinstance(self.value, list) else [self.value]
        self.foreign = any(isinstance(u, str) and not _OF_GS1.match(u) for u in urls)

    def with_local(self, local: Any) -> Context:
        """This context extended by one written inside an event."""
        if local is None:
            return self
        ours = self.value if isinstance(self.value, list) else [self.value]
        made = Context([*ours, *(local if isinstance(local, list) else [local])], self.curies)
        made.ignored = self.ignored
        return made

    def ignore(self, names: Any) -> None:
        """Leave these members, compact names or ``{namespace}name``, out of the event hash."""
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, str):
                found = None if name[:1] == "{" else self.resolve(name)
                self.ignored |= {f"{{{found[0]}}}{found[1]}" if found else name}

    def resolve(self, name: str) -> tuple[str, str] | None:
        """(namespace, local name) of a compact or full URI; None for a bare or undeclared name."""
        try:
            return self._made[name]
        except KeyError:
            if len(self._made) > 10_000:  # a sender could otherwise grow it without end
                self._made.clear()
            made = self._made[name] = self._resolve(name)
            return made

    def _resolve(self, name: str) -> tuple[str, str] | None:
        prefix, colon, local = name.partition(":")
        if (
            not colon
            or not prefix
            or not local
            or name[0] == "@"
            or any(c in ' \t\r\n<>"{}|\\^`' for c in name)
        ):
            return None
        if not local.startswith("//"):
            space = self.prefixes.get(prefix)
            if space is not None:
                return space, local
            if prefix.lower() not in _SCHEMES:
                # A context that we do not fetch may declare it: then the prefix stands for itself.
                return (f"{prefix}:", local) if self.foreign else None
        cut = max(name.rfind("/"), name.rfind("#"), name.rfind(":")) + 1
        return (name[:cut], name[cut:]) if cut < len(name) else None


_recent: dict[int, Context] = {}


def as_context(value: Any) -> Context:
    """A Context from a raw @context value, or the one given. The same object gives the same Context again."""
    if isinstance(value, Context):
        return value
    if value is None:
        return _STANDARD
    found = _recent.get(id(value))
    if found is None or found.value is not value:
        found = Context(value)
        remember(found)
    return found


def remember(context: Context) -> None:
    """Let ``as_context`` find this Context by its raw value, with what else the document said about it."""
    if len(_recent) >= 256:
        _recent.clear()
    _recent[id(context.value)] = context


def _collect(value: Any, into: dict[str, str]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, into)
    elif isinstance(value, dict):
        for key, space in value.items():
            if isinstance(space, dict):
                space = space.get("@id")
            if isinstance(space, str) and not key.startswith("@"):
                into[key] = space


def problem(value: Any) -> tuple[str, dict[str, str]] | None:
    """What is wrong with an @context value, if anything: a sentence and its values, as in ``Fault``."""
    if isinstance(value, str):
        return None if ":" in value else (_NO_URL, {"text": quoted(value)})
    if isinstance(value, dict):
        return None
    if isinstance(value, list):
        seen: list[Any] = []
        for item in value:
            if isinstance(item, str):
                if ":" not in item:
                    return _NO_URL, {"text": quoted(item)}
            elif not isinstance(item, dict):
                return "a context is a URL or an object of prefixes, not {text}", {"text": quoted(item)}
            if item in seen:
                return "the same context stands twice", {}
            seen.append(item)
        return None
    return "a context is a URL, an object of prefixes, or a list of these", {}


_NO_URL = "{text} is not a URL"
_STANDARD = Context()
