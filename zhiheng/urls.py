"""All addresses. Each room brings its own."""

from django.urls import include, path

from zhiheng.api import api

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("zhiheng.core.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("desk/registry/", include("zhiheng.core.registry.urls")),
    path("desk/exchange/", include("zhiheng.core.exchange.urls")),
    path("desk/disclosure/", include("zhiheng.core.disclosure.urls")),
    path("desk/cases/", include("zhiheng.core.cases.urls")),
    path("desk/enforcement/", include("zhiheng.systems.enforcement.urls")),
    path("desk/insight/", include("zhiheng.insight.urls")),
    path("desk/agriculture/", include("zhiheng.systems.agriculture.urls")),
    path("desk/ledger/", include("zhiheng.core.ledger.urls")),
    path("api/v1/", api.urls),
    path("", include("zhiheng.systems.complaints.urls")),
    path("", include("zhiheng.systems.justice.urls")),
    path("", include("zhiheng.systems.redress.urls")),
    path("", include("zhiheng.systems.watchers.urls")),
    path("", include("zhiheng.systems.inspection.urls")),
    path("", include("zhiheng.systems.listing.urls")),
    path("", include("zhiheng.systems.credit.urls")),
    path("", include("zhiheng.trace.urls")),
    path("", include("zhiheng.web.urls")),
]
