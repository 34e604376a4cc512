"""Addresses of the room: the desk under /desk/listing/, the public lists under /lists/."""

from django.urls import path

from zhiheng.systems.listing import views_desk, views_exit, views_public, views_repair

app_name = "listing"
urlpatterns = [
    path("desk/listing/", views_desk.index, name="index"),
    path("desk/listing/entries/", views_desk.entries, name="entries"),
    path("desk/listing/due/", views_desk.due, name="due"),
    path("desk/listing/propose/", views_desk.propose, name="propose"),
    path("desk/listing/entries/<int:pk>/", views_desk.entry, name="entry"),
    path("desk/listing/entries/<int:pk>/measure/", views_desk.measure, name="measure"),
    path("desk/listing/measures/<int:pk>/lift/", views_desk.lift, name="lift"),
    path("desk/listing/mine/", views_desk.mine, name="mine"),
    path("desk/listing/bankruptcy/<str:uscc>/", views_repair.bankruptcy, name="bankruptcy"),
    path("desk/listing/other-body/<str:uscc>/", views_repair.other_body, name="other_body"),
    path("desk/listing/exits/", views_exit.exits, name="exits"),
    path("desk/listing/exits/<int:pk>/", views_exit.exit_, name="exit"),
    path("desk/listing/exits/<int:pk>/check/", views_exit.check, name="check"),
    path("desk/listing/exits/<int:pk>/end/", views_exit.end, name="end"),
    path("desk/listing/hints/", views_exit.hints, name="hints"),
    path("desk/listing/hints/<int:pk>/", views_exit.hint, name="hint"),
    path("lists/", views_public.index, name="lists"),
    path("lists/<slug:scheme>/", views_public.show, name="list"),
]
