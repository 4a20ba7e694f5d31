"""The static form of a conversation."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.space.components.markup import markdown_to_html
from jupyter_spaces.widgets.pictures import for_page, image_tag

_NAMES = {"user": "You", "assistant": "Assistant", "system": "System"}


def chat_html(component: Any, value: list[Any]) -> str:
    bubbles = []
    for message in value:
        own = message.role == "user"
        theirs = "margin-right:15%;border:1px solid var(--jp-border-color2,#8883)"
        look = "margin-left:15%;background-color:var(--jp-layout-color2,#8881)" if own else theirs
        parts = message.content if isinstance(message.content, list) else [message.content]
        body = "".join(part_html(component, part) for part in parts)
        bubbles.append(
            f'<div style="{look};padding:6px 10px;margin-bottom:8px;border-radius:6px">'
            f"<small><b>{_NAMES[message.role]}</b></small>{body}</div>"
        )
    return "".join(bubbles) or "no messages yet"


def part_html(component: Any, part: Any) -> str:
    """Return one part of a message: Markdown, or a picture."""
    if isinstance(part, str):
        return markdown_to_html(part)
    return image_tag(for_page(component.image, part)[0], "image", "max-width:100%;max-height:320px")
