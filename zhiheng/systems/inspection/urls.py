"""Addresses of spot checks: the desk's under /desk/inspection/, the public's under /inspection/."""

from zhiheng.systems.inspection import urls_after, urls_field, urls_plan

app_name = "inspection"
urlpatterns = [*urls_plan.urlpatterns, *urls_field.urlpatterns, *urls_after.urlpatterns]
