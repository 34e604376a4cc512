"""Statistics of checks: the verifiable draw, allocation, surveys, small areas, acceptance sampling.

Nothing here knows Django, a database or the time of day; everything can be used from a notebook. docs/methods.md
says what each part follows and how far it agrees with published numbers.
"""
