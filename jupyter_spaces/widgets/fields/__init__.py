"""One field per kind of component. Importing this package tells the registry about all of them."""

from jupyter_spaces.space import components as c
from jupyter_spaces.widgets.fields.chatbot import ChatbotField
from jupyter_spaces.widgets.fields.choice import CheckboxField, ChoiceField
from jupyter_spaces.widgets.fields.collection import FilesField, GalleryField
from jupyter_spaces.widgets.fields.content import JsonSourceField, content_or_source
from jupyter_spaces.widgets.fields.dataframe import DataframeField
from jupyter_spaces.widgets.fields.file import FileField
from jupyter_spaces.widgets.fields.group import GroupField
from jupyter_spaces.widgets.fields.image import ImageField
from jupyter_spaces.widgets.fields.mask import MaskField
from jupyter_spaces.widgets.fields.media import AudioField, Model3DField, VideoField
from jupyter_spaces.widgets.fields.moment import ColorField, DateTimeField
from jupyter_spaces.widgets.fields.number import NumberField
from jupyter_spaces.widgets.fields.plot import PlotField
from jupyter_spaces.widgets.fields.text import TextField
from jupyter_spaces.widgets.registry import register_widget

register_widget(c.Component, JsonSourceField)
register_widget(c.Textbox, TextField)
register_widget(c.Code, TextField)
register_widget(c.Number, NumberField)
register_widget(c.ColorPicker, ColorField)
register_widget(c.DateTime, DateTimeField)
register_widget(c.Checkbox, CheckboxField)
register_widget(c.ChoiceComponent, ChoiceField)
register_widget(c.Image, ImageField)
register_widget(c.ImageMask, MaskField)
register_widget(c.Gallery, GalleryField)
register_widget(c.Audio, AudioField)
register_widget(c.Video, VideoField)
register_widget(c.Model3D, Model3DField)
register_widget(c.File, FileField)
register_widget(c.Files, FilesField)
register_widget(c.Dataframe, DataframeField)
register_widget(c.Plot, PlotField)
register_widget(c.Chatbot, ChatbotField)
register_widget(c.Group, GroupField)
for _shown in (c.Markdown, c.HTML, c.JSON, c.Label, c.HighlightedText, c.AnnotatedImage):
    register_widget(_shown, content_or_source)
