"""Addresses of the room: the desk under /desk/credit/, the public side under /credit/."""

from django.urls import path

from zhiheng.systems.credit import views_file, views_work

app_name = "credit"
urlpatterns = [
    path("credit/", views_file.public_index, name="public_index"),
    path("credit/<str:uscc>/", views_file.public_file, name="public"),
    path("desk/credit/", views_file.index, name="index"),
    path("desk/credit/doubtful/", views_work.doubtful, name="doubtful"),
    path("desk/credit/doubtful/<int:pk>/", views_work.match, name="match"),
    path("desk/credit/objections/<int:pk>/", views_work.correct, name="correct"),
    path("desk/credit/<str:uscc>/object/<str:what>/<int:pk>/", views_work.object_to, name="object"),
    path("desk/credit/<str:uscc>/", views_file.file, name="file"),
]
