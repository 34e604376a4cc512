"""The official artefacts as oracles: the ratified JSON schema with formats asserted, the XSDs by libxml2."""

from __future__ import annotations

import functools
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
from lxml import etree

from tests.shared import shared

RATIFIED = "data/epcis/standard/ratified-2.0.0"


@functools.cache
def json_schema() -> Any:
    text = (shared(RATIFIED) / "epcis-json-schema.json").read_text("utf-8-sig")
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    missing = {"uri", "date-time"} - set(checker.checkers)
    assert not missing, f"install jsonschema[format]: no check for {missing}"
    return jsonschema.Draft7Validator(json.loads(text), format_checker=checker)


class _Local(etree.Resolver):
    """The ratified XSDs import by absolute URL: answered from the files at hand, never from the network."""

    def __init__(self, folders: list[Path]) -> None:
        self.files = {p.name.lower(): p for folder in folders for p in folder.iterdir()}

    def resolve(self, url: str, pubid: str, context: Any) -> Any:
        name = url.rsplit("/", 1)[-1].lower()
        path = self.files.get(name)
        return self.resolve_string(path.read_bytes(), context) if path else self.resolve_empty(context)


@functools.cache
def xsd(version: str) -> etree.XMLSchema:
    """``xsd("2")`` for EPCIS 2.0, ``xsd("1")`` for 1.2."""
    root = shared(RATIFIED)
    main = {"2": root / "v2/EPCglobal-epcis-2_0.xsd", "1": root / "v1/EPCglobal-epcis-1_2.xsd"}[version]
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    parser.resolvers.add(_Local([main.parent, root / "shared"]))
    return etree.XMLSchema(etree.parse(BytesIO(main.read_bytes()), parser, base_url=str(main)))


def leaf(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """The innermost error that names the trouble best."""
    best = jsonschema.exceptions.best_match([error])
    return best if best is not None else error
