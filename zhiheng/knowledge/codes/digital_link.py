"""GS1 Digital Link URIs: any domain, any stem, key and qualifiers in the path, attributes in the query.

GS1 Digital Link URI Syntax 1.4. What is forbidden there but printed in the field can be let in: short names
of edition 1.1 (``/gtin/…/lot/…``), a GTIN of 8, 12 or 13 digits, unknown application identifiers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from zhiheng.knowledge.codes import ai_table, keys
from zhiheng.knowledge.codes.charset import is_digits, percent_decode, percent_encode
from zhiheng.knowledge.codes.element_string import Element, check_repeats
from zhiheng.knowledge.codes.errors import CodeError, quoted

HOST = "https://id.gs1.org"
SCHEMES = ("https://", "http://", "HTTPS://", "HTTP://")
_GS1_HOST = "id.gs1.org"
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_HOST = re.compile(r"(?:[A-Za-z0-9\-._~%!$&'()*+,;=]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Options:
    """What to let in that the standard forbids; ``unknown_attributes`` also as query attributes."""

    alphas: bool = False
    zero_suppressed: bool = False
    unknown_ais: bool = False
    unknown_attributes: bool = False


STRICT = Options()
LENIENT = Options(alphas=True, zero_suppressed=True)


class Link(NamedTuple):
    """A Digital Link taken apart: the first ``in_path`` of its elements are key and qualifiers."""

    stem: str
    elements: list[Element]
    in_path: int


def parse(uri: str, options: Options = STRICT) -> Link:
    """Every element of a Digital Link; raises :class:`CodeError` when the URI is not one."""
    if not uri.startswith(SCHEMES):
        raise CodeError(
            "digital_link_scheme",
            "{uri} does not begin with https:// or http://.",
            values={"uri": quoted(uri[:40])},
        )
    good = _URI_CHARACTERS.match(uri)
    if good is None or good.end() < len(uri):
        place = good.end() if good else 0
        raise CodeError(
            "uri_character",
            "{character} at place {at} cannot stand in a URI.",
            "Write it as {escape}.",
            values={
                "character": quoted(uri[place]),
                "at": str(place + 1),
                "escape": percent_encode(uri[place]),
            },
        )
    scheme, _, rest = uri.partition("://")
    rest = rest.partition("#")[0]
    path, _, query = rest.partition("?")
    host, *words = path.split("/")
    if not _HOST.fullmatch(host):
        raise CodeError(
            "digital_link_host",
            "{host} is not a domain name.",
            "Write https://id.gs1.org/01/….",
            values={"host": quoted(host)},
        )
    found = path_keys(words, True, options)
    if found is None:
        raise CodeError(
            "digital_link_key",
            "The path of {uri} has no GS1 key with a value, such as /01/09520123456788.",
            "Check the address; a short name such as /gtin/ is not allowed by the standard.",
            values={"uri": quoted(uri)},
        )
    elements = [Element(*pair) for pair in found]
    stem = "/".join([f"{scheme}://{host}", *words[: len(words) - 2 * len(found)]])
    in_path = len(elements)
    elements += _attributes(query, elements, options)
    for element in elements:
        known = ai_table.find(element.ai)
        if known is not None:
            known.check(element.value)
    return Link(stem, elements, in_path)


def _attributes(query: str, path: list[Element], options: Options) -> list[Element]:
    """Element strings among the query parameters; names that are not all digits are the publisher's."""
    taken = {element.ai for element in path}
    reserved = {ai for order in keys.PRIMARY[path[0].ai].qualifiers for ai in order}
    found: list[Element] = []
    for pair in query.split("&"):
        name, equals, text = pair.partition("=")
        if options.alphas and equals:
            name = keys.ALPHAS.get(name, name)
        if not equals or not is_digits(name):
            continue
        known = ai_table.find(name)
        if known is None and not (options.unknown_ais and options.unknown_attributes):
            ai_table.require(name)
        if (known is not None and not known.attribute) or name in reserved:
            raise CodeError(
                "digital_link_attribute",
                "({name}) cannot be an attribute in the query of a Digital Link of ({key}).",
                "Put it into the path: /{key}/…/{name}/….",
                values={"name": name, "key": path[0].ai},
            )
        if name in taken:
            raise CodeError(
                "ai_repeated",
                "({name}) comes twice in the Digital Link.",
                "Leave one out.",
                values={"name": name},
            )
        taken.add(name)
        value = percent_decode(text.replace("+", " "))
        if not value:
            raise CodeError(
                "digital_link_empty",
                "The attribute {name}= has no value.",
                "Add it or leave it out.",
                values={"name": name},
            )
        if name == "01" and options.zero_suppressed and len(value) in (8, 12, 13):
            value = value.zfill(14)
        found.append(Element(name, value))
    return found


def from_ais(elements: list[Element], stem: str = HOST, unknown_attributes: bool = False) -> str:
    """The Digital Link of element strings: the first primary key makes the path, other values the query.

    In the query, values of pre-defined length come first, as in an element string.
    """
    check_repeats(elements)
    unique = list(dict.fromkeys(elements))
    primary = next((element for element in unique if element.ai in keys.PRIMARY), None)
    if primary is None:
        raise CodeError(
            "digital_link_key", "No GS1 key among the element strings.", "Add the key, such as (01)."
        )
    orders = keys.PRIMARY[primary.ai].qualifiers
    values = dict(unique)
    order = max(orders, key=lambda o: sum(ai in values for ai in o), default=())
    path = [primary] + [Element(ai, values[ai]) for ai in order if ai in values]
    attributes = [element for element in unique if element not in path]
    for ai, _ in attributes:
        known = ai_table.find(ai)
        refused = not unknown_attributes if known is None else not known.attribute
        if refused or any(ai in o for o in orders):
            raise CodeError(
                "digital_link_attribute",
                "({ai}) has no place in a Digital Link with {path}.",
                "Leave it out, or give the item two Digital Links.",
                values={"ai": ai, "path": "".join(f"({e.ai})" for e in path)},
            )
    attributes.sort(key=lambda e: (k := ai_table.find(e.ai)) is None or not k.fixed)
    query = "&".join(f"{ai}={percent_encode(value)}" for ai, value in attributes)
    link = "/".join([stem.rstrip("/"), *(f"{ai}/{percent_encode(value)}" for ai, value in path)])
    return f"{link}?{query}" if query else link


def key_and_qualifiers(uri: str) -> tuple[tuple[str, str], ...] | None:
    """Key and qualifiers in the path of a URI, short names allowed; ``None`` when it is no Digital Link.

    On any host but id.gs1.org a path that merely resembles a Digital Link belongs to whoever made it. Only a
    wrong check digit is held against it: the right number of digits after a GS1 key is no accident.
    """
    if not uri.startswith(SCHEMES):
        return None
    rest = uri[uri.index("/") + 2 :].partition("#")[0].partition("?")[0]
    host, *words = rest.split("/")
    official = host.lower() == _GS1_HOST
    try:
        return path_keys(words, official, LENIENT)
    except CodeError as error:
        if official or error.code in ("check_digit", "check_pair"):
            raise
        return None


def path_keys(words: list[str], official: bool, options: Options) -> tuple[tuple[str, str], ...] | None:
    """Key and qualifiers at the end of a path; ``None`` when there is no key in it."""
    names = [keys.ALPHAS.get(word, word) for word in words] if options.alphas else words
    start = len(words) - 2
    while start >= 0 and names[start] not in keys.PRIMARY:
        start = start - 2 if names[start] in keys.QUALIFIER else -1
    if start < 0:
        if official and any(name in keys.PRIMARY for name in names[:-1]):
            raise CodeError(
                "digital_link_path",
                "/{path} has a GS1 key, but what follows it is not a key qualifier.",
                "After the key come qualifiers with values, like /10/LOT/21/SERIAL; attributes go after ?.",
                values={"path": "/".join(words)},
            )
        return None
    key = keys.PRIMARY[names[start]]
    value = percent_decode(words[start + 1])
    if key.ai == "01" and not options.zero_suppressed and len(value) != 14:
        raise CodeError(
            "gtin_length",
            "GTIN {value} has not 14 digits.",
            "Pad it with zeros on the left.",
            values={"value": quoted(value)},
        )
    followed = names[start + 2 :: 2]
    if followed and not any(_in_order(followed, order) for order in key.qualifiers):
        raise CodeError(
            "digital_link_qualifiers",
            "({followed}) cannot follow ({ai}) in this order.",
            "After {key} use {orders}." if key.qualifiers else "After {key} use no qualifier.",
            {
                "followed": "), (".join(followed),
                "ai": key.ai,
                "key": key.name,
                "orders": " or ".join("/".join(q) for q in key.qualifiers),
            },
        )
    pairs = [(key.ai, keys.primary_value(key.ai, value))]
    for name, word in zip(followed, words[start + 3 :: 2], strict=True):
        pairs.append((name, keys.qualifier_value(name, percent_decode(word))))
    return tuple(pairs)


def _in_order(followed: list[str], order: tuple[str, ...]) -> bool:
    remaining = iter(order)
    return all(name in remaining for name in followed)
