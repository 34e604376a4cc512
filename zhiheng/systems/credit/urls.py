"""Addresses of the room: the desk under /desk/credit/, the public side under /credit/."""

from django.urls import path

from zhiheng.systems.credit import (
    views_class,
    views_exchange,
    views_file,
    views_own,
    views_public,
    views_work,
)

app_name = "credit"
urlpatterns = [
    path("credit/", views_file.public_index, name="public_index"),
    path("credit/verify/", views_public.verify, name="verify"),
    path("credit/certificates/<str:code>/", views_public.certificate, name="certificate_check"),
    path("credit/<str:uscc>/", views_file.public_file, name="public"),
    path("desk/credit/", views_file.index, name="index"),
    path("desk/credit/consents/", views_own.consents, name="consents"),
    path("desk/credit/consents/new/", views_own.consent, name="consent"),
    path("desk/credit/consents/<int:pk>/revoke/", views_own.revoke, name="revoke"),
    path("desk/credit/classes/", views_class.overview, name="classes"),
    path("desk/credit/classes/compute/", views_class.compute, name="compute"),
    path("desk/credit/doubtful/", views_work.doubtful, name="doubtful"),
    path("desk/credit/doubtful/<int:pk>/", views_work.match, name="match"),
    path("desk/credit/exchange/", views_exchange.exchange, name="exchange"),
    path("desk/credit/exchange/in/", views_exchange.take_in, name="take_in"),
    path("desk/credit/exchange/partners/new/", views_exchange.partner, name="partner_new"),
    path("desk/credit/exchange/partners/<int:pk>/", views_exchange.partner, name="partner"),
    path("desk/credit/exchange/<int:pk>/", views_exchange.package, name="package"),
    path("desk/credit/exchange/<int:pk>/again/", views_exchange.again, name="again"),
    path("desk/credit/exchange/<int:pk>/package.zip", views_exchange.download, name="download"),
    path("desk/credit/objections/<int:pk>/", views_work.correct, name="correct"),
    path("desk/credit/<str:uscc>/object/<str:what>/<int:pk>/", views_work.object_to, name="object"),
    path("desk/credit/<str:uscc>/certificate/", views_own.certificate, name="certificate"),
    path(
        "desk/credit/<str:uscc>/certificates/<str:code>.pdf",
        views_own.certificate_pdf,
        name="certificate_pdf",
    ),
    path("desk/credit/<str:uscc>/commitment/", views_own.commitment, name="commitment"),
    path("desk/credit/<str:uscc>/commitment/<int:pk>.pdf", views_own.commitment_pdf, name="commitment_pdf"),
    path("desk/credit/<str:uscc>/class/", views_class.explain, name="class"),
    path("desk/credit/<str:uscc>/", views_file.file, name="file"),
]
