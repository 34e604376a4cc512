"""The room's words in templates."""

from django import template

from zhiheng.systems.credit import words

register = template.Library()
register.simple_tag(words.risk_class, name="risk_class")
register.filter("kind_words", words.kind)
register.filter("kinds_words", words.kinds)
