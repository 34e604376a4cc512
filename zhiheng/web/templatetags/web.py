"""Tags of the pages that join the rooms."""

from django import template

from zhiheng.web import codes

register = template.Library()
register.filter("page_of", codes.page_of)
