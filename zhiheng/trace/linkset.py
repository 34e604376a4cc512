"""The links of a code: what this host offers for it, as RFC 9264 linkset, Link header and redirection.

After the GS1-Conformant Resolver Standard 1.2: one default link, every link typed from the GS1 Web Vocabulary,
with title, language and media type. Which of these links are there depends on what is public, never on
whether an event exists.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhiheng.core.ui import context
from zhiheng.knowledge.codes import epc, keys
from zhiheng.trace.resolver import Code, PublicStory

VOCABULARY = "https://gs1.org/voc/"
PREFIXES = ("gs1:", VOCABULARY, "https://ref.gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/")
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
MEDIA_TYPE = "application/linkset+json"
LINKSET = {"all", "linkset"}  # "all" is the older word
HTML, JSON, JSON_LD = "text/html", "application/json", "application/ld+json"


class Link(NamedTuple):
    """One link of a code. ``rel`` is a word of the GS1 Web Vocabulary."""

    rel: str
    href: str
    title: dict[str, str]  # by language
    type: str


def links(code: Code, story: PublicStory | None) -> list[Link]:
    """Every link of a code, the default first."""
    page = code.uri
    about = _titles(lambda: _("关于这个代码"))
    if story is not None:
        about = _titles(lambda: _("产品信息"))
    elif code.ai in {"414", "417"}:
        about = _titles(lambda: _("场所信息"))
    found = [Link("defaultLink", page, about, HTML)]
    if story is not None:
        found.append(Link("pip", page, about, HTML))
    elif code.ai in {"414", "417"}:
        found.append(Link("locationInfo", page, about, HTML))
    if story is not None and story.published:
        journey = _titles(lambda: _("从哪里来，经过哪里"))
        found.append(Link("traceability", f"{page}#journey", journey, HTML))
        data = f"{settings.BASE_URL}/api/v1/trace/public?{urlencode({'code': code.uri})}"
        found.append(Link("traceability", data, journey, JSON))
        if any(warning.code == "recalled" for warning in story.warnings):
            found.append(Link("recallStatus", page, _titles(lambda: _("召回")), HTML))
    if story is not None and story.producer and story.producer_public:
        organisation = context.address("web:organisation", story.producer.uscc)
        if organisation:
            href = settings.BASE_URL + organisation
            found.append(Link("certificationInfo", href, _titles(lambda: _("生产者的公开信息")), HTML))
    if events := _events(code):
        found.append(Link("epcis", events, _titles(lambda: _("追溯事件（须登录或接口密钥）")), JSON_LD))
    return found


def _events(code: Code) -> str | None:
    """The query of the EPCIS repository; it asks who you are before it answers."""
    ai = code.pairs[-1][0]
    if code.ai in {"414", "415", "417", "401", "402"}:
        return None
    item = epc.canonical(f"{epc.HOST.rstrip('/')}{code.path}")
    counted = ai in {"10", "22"} or (len(code.pairs) == 1 and code.ai in {"01", "8010"})
    return f"{settings.BASE_URL}/epcis/events?" + urlencode(
        {"MATCH_anyEPCClass" if counted else "MATCH_anyEPC": item}
    )


def _titles(say: Any) -> dict[str, str]:
    titles = {}
    for language, tag in (("zh-hans", "zh"), ("en", "en")):
        with override(language):
            titles[tag] = say()
    return titles


def linkset(code: Code, story: PublicStory | None, found: Sequence[Link]) -> dict[str, Any]:
    """The linkset of a code in the form of the GS1 schema: RFC 9264, with ``itemDescription``."""
    anchored: dict[str, Any] = {"anchor": code.uri, "itemDescription": describe(code, story)}
    for link in found:
        targets = anchored.setdefault(VOCABULARY + link.rel, [])
        for language, title in link.title.items():
            # The default is one link, with a title only.
            if link.rel == "defaultLink":
                targets.append({"href": link.href, "title": title})
                break
            targets.append({"href": link.href, "title": title, "hreflang": [language], "type": link.type})
    return {"linkset": [anchored]}


def describe(code: Code, story: PublicStory | None) -> str:
    """What the code stands for, in a line."""
    if story is not None and story.product is not None:
        return " ".join(part for part in (story.product.name, story.product.spec, code.hri) if part)
    return f"{keys.PRIMARY[code.ai].name} {code.hri}"


def word(requested: str) -> str | None:
    """The vocabulary's word for a requested link type, None for one of another vocabulary."""
    for prefix in PREFIXES:
        if requested.startswith(prefix):
            return requested[len(prefix) :]
    return None


def choose(found: Sequence[Link], requested: str, accept: Any) -> Link | None:
    """The link of a requested type whose media type the client likes best; None when there is none."""
    wanted = word(requested)
    matching = [link for link in found if link.rel == wanted]
    if not matching:
        return None
    preferred = accept([link.type for link in matching])
    return next((link for link in matching if link.type == preferred), matching[0])


def header(code: Code, found: Sequence[Link]) -> str:
    """The Link header of an answer: where the linkset is, and each link."""
    ascii_ = "%/:?=&#;,+@!$'()*~"
    parts = [f'<{quote(code.uri, ascii_)}?linkType=linkset>; rel="linkset"; type="{MEDIA_TYPE}"']
    parts += [
        f'<{quote(link.href, ascii_)}>; rel="{VOCABULARY}{link.rel}"; type="{link.type}"'
        for link in found
        if link.rel != "defaultLink"
    ]
    return ", ".join(parts)


def description() -> dict[str, Any]:
    """What this resolver can do: the document at ``/.well-known/gs1resolver``."""
    return {
        "name": "Zhiheng 质衡",
        "resolverRoot": settings.BASE_URL,
        "supportedPrimaryKeys": ["all"],
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
    }
