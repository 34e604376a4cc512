"""What the law's YAML may say: typed, and nothing else is taken.

A *procedure* is what all its editions share (states, steps, parties, documents); an *edition* is the text in force
for a time: by which article each step is taken, its clocks, its grounds, what is published and for how long.
"""

from datetime import date
from typing import Literal, Protocol

import msgspec

Unit = Literal["wd", "d", "h", "m", "y"]
"""Working days, calendar days, hours, months, years."""

LastDay = Literal["statutory_holiday", "rest_day", "as_is"]
"""A last day on which an office is closed: moved when it is a statutory holiday, on any day of rest, or never."""


class _Noted(Protocol):
    @property
    def note(self) -> str: ...

    @property
    def note_en(self) -> str: ...


def note_of(one: _Noted, language: str) -> str:
    """What is to be known besides, for a language code; empty when there is nothing."""
    return one.note if language.startswith("zh") else one.note_en


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in the two languages of the interface."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The name for a language code such as ``zh-hans`` or ``en``."""
        return self.zh if language.startswith("zh") else self.en


class InForce(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A time in which one text of a statute holds; ``to`` is its last day, none while it goes on.

    ``from_`` none: its first day is not known.
    """

    from_: date | None = None
    to: date | None = None
    by: str = ""
    by_en: str = ""

    def covers(self, day: date) -> bool:
        """Whether the text is in force on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


class Statute(Words, frozen=True, forbid_unknown_fields=True):
    """An instrument and the times of its texts. ``verified`` counts the independent sources it was seen in."""

    number: str
    editions: tuple[InForce, ...]
    status: Literal["in_force", "pending", "repealed", "unknown"]
    verified: int
    issued: date | None = None
    replaced_by: str = ""
    note: str = ""
    note_en: str = ""

    def on(self, day: date) -> InForce | None:
        """The text in force on a day."""
        return next((one for one in self.editions if one.covers(day)), None)


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much longer a clock may run, by whose decision, and how often.

    ``value`` none: as long as whoever decides finds reasonable.
    """

    by: str
    cite: str
    value: int | None = None
    times: int = 1
    note: str = ""
    note_en: str = ""


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What another text says of the same limit. Pages of the law show both; one is late by the clock's."""

    value: int
    unit: Unit
    cite: str
    verified: int
    rule: str = ""
    note: str = ""
    note_en: str = ""


class Clock(Words, frozen=True, forbid_unknown_fields=True):
    """A time limit. ``pauses`` are the grounds under which it does not run.

    ``verified`` counts independent sources; a limit nobody could verify (0) reminds and never declares anybody late.
    ``lapses``: at its end something ends by itself (a seal is lifted, a right is waived); nobody is late.
    ``readings`` are what other texts say of the same limit, with their numbers.
    ``chosen``: two rules in force disagree (the readings), and which of them makes late is for each office to choose;
    until it has, one is late by the longest only.
    ``since`` says what it counts from when that is not the moment of the step that starts it: ``opening`` (the day the
    case began) or a date or time of the case. ``rule`` names the handbook's facts it carries over (``A-1; A-2``).
    """

    value: int
    unit: Unit
    cite: str
    verified: int
    rule: str = ""
    pauses: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    lapses: bool = False
    readings: tuple[Reading, ...] = ()
    since: str = ""
    chosen: bool = False
    note: str = ""
    note_en: str = ""


class Ground(Words, frozen=True, forbid_unknown_fields=True):
    """One of the listed reasons for which a step may be taken. ``item`` is its place in the article."""

    item: str = ""


class Grounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A closed list of reasons."""

    cite: str
    of: dict[str, Ground]
    rule: str = ""
    verified: int = 1
    note: str = ""
    note_en: str = ""


class Field(Words, frozen=True, forbid_unknown_fields=True):
    """Something a step asks for. ``personal`` values are kept encrypted; ``choices`` are (key, words).

    ``many``: several of the choices may be given. An ``office`` is named by its region (GB/T 2260); ``body`` says
    of which authority it is one.
    """

    type: Literal[
        "text", "long", "money", "int", "date", "time", "bool", "choice", "organisation", "office"
    ] = "text"
    choices: dict[str, Words] = {}
    many: bool = False
    personal: bool = False
    body: Literal["regulator", "police", "procurator"] = "regulator"
    help: Words | None = None


class Party(Words, frozen=True, forbid_unknown_fields=True):
    """Somebody a case is about or from. ``secret``: never shown to the other parties (a reporter)."""

    kind: Literal["person", "organisation", "either", "authority"] = "either"
    secret: bool = False


class Document(Words, frozen=True, forbid_unknown_fields=True):
    """A legal document: its form in the official collection, and its text with ``{fields}``.

    ``received`` documents are not made here: somebody hands them in.
    """

    body: tuple[str, ...] = ()
    form: str = ""
    cite: str = ""
    received: bool = False
    sees: tuple[str, ...] = ()


class State(Words, frozen=True, forbid_unknown_fields=True):
    """Where a case stands. ``final``: nothing is open any more (it may be reopened)."""

    final: bool = False


class Step(Words, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Something that can be done. ``from_`` are the states in which, ``to`` where it leads (none: it stays there).

    ``by`` says who: officer (the handler's office), head (负责人), legal (审核机构), police, procurator, system,
    or a party of the case. ``asks`` names fields ("amount?" may be left out). ``makes`` documents come out of it,
    ``needs`` documents must be in the file before. ``after`` are steps that must have been taken, ``waits`` is a
    clock that must be over (run out or stopped), ``within`` one that must still run. ``opens`` begins a case of
    another procedure, linked to this one.
    """

    from_: tuple[str, ...]
    by: tuple[str, ...]
    to: str | None = None
    asks: tuple[str, ...] = ()
    grounds: str = ""
    makes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: dict[str, str] = {}
    resumes: tuple[str, ...] = ()
    officers: int = 1
    opens: str = ""
    publishes: str = ""
    after: tuple[str, ...] = ()
    waits: str = ""
    within: str = ""
    danger: bool = False


class Term(Words, frozen=True, forbid_unknown_fields=True):
    """How long something stays public: until ``months`` have gone; from ``early`` months on an end may be asked for.

    ``until`` names a date of the case that it outlasts in any event (a restriction that still runs).
    """

    cite: str
    months: int | None = None
    early: int | None = None
    until: str = ""
    rule: str = ""
    verified: int = 1
    note: str = ""
    note_en: str = ""


class Publication(Words, frozen=True, forbid_unknown_fields=True):
    """What the public is told, which fields of the case, and how long."""

    cite: str
    shows: tuple[str, ...]
    terms: dict[str, Term]
    clock: str = ""


class Value(Words, frozen=True, forbid_unknown_fields=True):
    """A number that the law sets: a threshold, a rate, a cap."""

    value: float
    unit: str
    cite: str
    verified: int
    rule: str = ""
    note: str = ""
    note_en: str = ""


class Fact(Words, frozen=True, forbid_unknown_fields=True):
    """What the text says besides limits, lists and numbers (who is competent, what is kept secret), in a sentence."""

    cite: str
    verified: int
    rule: str = ""
    note: str = ""
    note_en: str = ""


class Counting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How periods are counted under an edition: the first day never counts; what happens at the last."""

    last_day: LastDay
    cite: str
    rule: str = ""


class Edition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """One text of a procedure in force for a time."""

    key: str
    from_: date
    counting: Counting
    articles: dict[str, str]
    to: date | None = None
    clocks: dict[str, Clock] = {}
    grounds: dict[str, Grounds] = {}
    publications: dict[str, Publication] = {}
    values: dict[str, Value] = {}
    facts: dict[str, Fact] = {}
    without: tuple[str, ...] = ()
    steps: dict[str, Step] = {}
    documents: dict[str, Document] = {}
    note: str = ""
    note_en: str = ""

    def covers(self, day: date) -> bool:
        """Whether cases that begin on a day are under this edition."""
        return self.from_ <= day and (self.to is None or day <= self.to)


class Procedure(Words, frozen=True, forbid_unknown_fields=True):
    """A kind of case. ``mark`` stands in its numbers (投 in 〔2026〕投1号), ``starts`` are the
    clocks that run from the first day, ``tells`` who is told at once; ``body`` is whose procedure it is."""

    key: str
    mark: str
    first: str
    parties: dict[str, Party]
    states: dict[str, State]
    steps: dict[str, Step]
    editions: tuple[Edition, ...]
    fields: dict[str, Field] = {}
    documents: dict[str, Document] = {}
    pauses: dict[str, Words] = {}
    starts: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    body: Literal["regulator", "police", "procurator"] = "regulator"
    secret: bool = False

    def edition_on(self, day: date) -> Edition | None:
        """The edition under which a case that begins on a day is handled."""
        return next((one for one in self.editions if one.covers(day)), None)

    def edition(self, key: str) -> Edition | None:
        """The edition with a key."""
        return next((one for one in self.editions if one.key == key), None)
