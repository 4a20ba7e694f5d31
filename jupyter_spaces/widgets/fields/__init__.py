"""One field per kind of component. Importing this package tells the registry about all of them."""

from jupyter_spaces.space import components as c
from jupyter_spaces.widgets.fields.choice import CheckboxField, ChoiceField
from jupyter_spaces.widgets.fields.collection import FilesField, GalleryField
from jupyter_spaces.widgets.fields.content import JsonSourceField, content_or_source
from jupyter_spaces.widgets.fields.file import FileField
from jupyter_spaces.widgets.fields.image import ImageField
from jupyter_spaces.widgets.fields.number import NumberField
from jupyter_spaces.widgets.fields.text import TextField
from jupyter_spaces.widgets.registry import register_widget

register_widget(c.Component, JsonSourceField)
register_widget(c.Textbox, TextField)
register_widget(c.Code, TextField)
register_widget(c.Number, NumberField)
register_widget(c.Checkbox, CheckboxField)
register_widget(c.ChoiceComponent, ChoiceField)
register_widget(c.Image, ImageField)
register_widget(c.Gallery, GalleryField)
register_widget(c.File, FileField)
register_widget(c.Files, FilesField)
for _shown in (c.Markdown, c.HTML, c.JSON):
    register_widget(_shown, content_or_source)
