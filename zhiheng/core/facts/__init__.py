"""What is on record about an organisation, whichever room it comes from, and how it stands today.

Rooms do not import each other; what a check, a penalty or a complaint came to is said here once, with its source, its
basis and its dates, and whoever gathers, weighs or publishes reads it here.
"""
