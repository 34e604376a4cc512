"""EPCIS 1.0 to 2.0 documents and events: reading, typed model, validation, event hash.

No Django and no database here. Start with ``documents.read``.
"""
