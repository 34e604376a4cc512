"""Choosing what goes along."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zhiheng.core.cases.models import Case
from zhiheng.core.ui import dates
from zhiheng.systems.justice import queries


class EncloseForm(forms.Form):
    """The documents and files that may be handed over and are not yet among them."""

    def __init__(self, *args: Any, transfer: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        penalty = queries.penalty_of(transfer)
        there = list(queries.enclosed_in(transfer))
        taken = {e.from_document_id for e in there}, {e.from_file_id for e in there}
        documents = queries.documents_that_may_go(penalty) if penalty else []
        files = queries.files_that_may_go(penalty) if penalty else []
        own = queries.own_files_that_may_go(transfer)
        self._add(
            "documents",
            _("处罚案件的文书"),
            [(d.pk, f"{d.title}　{d.number}") for d in documents if d.pk not in taken[0]],
        )
        self._add("files", _("处罚案件的附件"), [(f.pk, _said(f)) for f in files if f.pk not in taken[1]])
        self._add("own", _("本移送案件的附件"), [(f.pk, _said(f)) for f in own])

    def _add(self, name: str, label: str, choices: list[tuple[int, str]]) -> None:
        if choices:
            self.fields[name] = forms.TypedMultipleChoiceField(
                label=label, choices=choices, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
            )


def _said(file: Any) -> str:
    return f"{file.name}　{dates.words(file.at)}　SHA-256 {file.sha256[:12]}…"
