"""Somebody at a screen, for the stories: signs in with one click, fills forms by their fields' names."""

import re
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from zhiheng.core.cases.models import Case, Link

AUDIT = (Path(__file__).parent / "audit.js").read_text()


class Desk:
    """Somebody at a screen: signs in with one click, takes steps on their pages."""

    def __init__(self, open_page, name: str) -> None:
        self.page = open_page(width=1280)
        self.page.goto("/accounts/demo/?next=/desk/")
        self.page.get_by_role("listitem").filter(has_text=f"演示{name}").get_by_role("button").click()
        expect(self.page).to_have_url(re.compile("/desk/"))

    def sound(self) -> None:
        wrong = self.page.evaluate(AUDIT) + self.page.complaints
        assert not wrong, (self.page.url, wrong)

    def see(self, case: Case) -> None:
        self.page.goto(f"/desk/cases/{case.pk}/")
        self.sound()

    def take(self, case: Case, step: str, **values: str | list[str]) -> None:
        """Fill the step's form and send it; the case's page comes back."""
        self.page.goto(f"/desk/cases/{case.pk}/step/{step}/")
        self.sound()
        for name, value in values.items():
            self.fill(name, value)
        self.page.get_by_role("main").locator("form button").first.click()
        wrong = self.page.locator("[role=alert]")
        assert not wrong.count(), self.page.get_by_role("main").inner_text()
        expect(self.page).to_have_url(re.compile(rf"/desk/cases/{case.pk}/$"))
        self.sound()
        case.refresh_from_db()

    def send(self, path: str, to: str, **values: str | list[str] | bool) -> None:
        """Fill a form and send it; ``to`` is a pattern of the address it leads to."""
        self.page.goto(path)
        self.sound()
        for name, value in values.items():
            if value is True:
                self.page.locator(f"[name='{name}']").check()
            else:
                self.fill(name, value)  # type: ignore[arg-type]
        self.page.get_by_role("main").locator(
            "form:not([role=search]) button:not([type=button])"
        ).first.click()
        expect(self.page).to_have_url(re.compile(to))
        self.sound()

    def fill(self, name: str, value: str | list[str]) -> None:
        for one in value if isinstance(value, list) else [value]:
            control = self.page.locator(f"[name='{name}']")
            kind = control.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
            if kind == "select" and name == "second":
                control.select_option(label=one)
            elif kind == "select":
                control.select_option(one)
            elif kind in {"radio", "checkbox"}:
                self.page.locator(f"[name='{name}'][value='{one}']").check()
            else:
                control.fill(one)


def today(back: int = 0) -> str:
    return (timezone.localdate() - timedelta(days=back)).isoformat()


def minute() -> str:
    return timezone.localtime().strftime("%Y-%m-%dT%H:%M")


def opened_by(case: Case, procedure: str) -> Case:
    return Link.objects.get(first=case, then__procedure=procedure).then
