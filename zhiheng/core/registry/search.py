"""Finding organisations by any part of a name or the beginning of a code."""

from zhiheng.core.search import Index, document

INDEX = Index("registry_organisation", "registry_search")
matching = INDEX.matching
install, remove = INDEX.install, INDEX.remove

__all__ = ["INDEX", "document", "install", "matching", "remove"]
