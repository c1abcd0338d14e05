"""`backticks` around what belongs on the wire become <code>."""

from django import template
from django.utils.html import format_html, format_html_join

register = template.Library()


@register.filter
def ticks(text: str) -> str:
    parts = str(text).split("`")
    return format_html_join("", "{}", ((_part(n, part),) for n, part in enumerate(parts)))


def _part(number: int, part: str) -> str:
    return format_html("<code>{}</code>", part) if number % 2 else part
