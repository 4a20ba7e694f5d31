"""Components as data: every kind of input and output, without a widget in sight. See `base` for the contract."""

from jupyter_spaces.space.components.annotated_image import AnnotatedImage
from jupyter_spaces.space.components.audio import Audio, read_wav, write_wav
from jupyter_spaces.space.components.base import MISSING, Component, Missing
from jupyter_spaces.space.components.blobs import Blob, BlobComponent
from jupyter_spaces.space.components.chatbot import Chatbot, Message
from jupyter_spaces.space.components.checkbox import Checkbox
from jupyter_spaces.space.components.choices import CheckboxGroup, Choice, ChoiceComponent, Dropdown, Radio
from jupyter_spaces.space.components.color import ColorPicker
from jupyter_spaces.space.components.dataframe import Dataframe
from jupyter_spaces.space.components.date_time import DateTime
from jupyter_spaces.space.components.file import File, FileComponent, Files
from jupyter_spaces.space.components.gallery import Gallery
from jupyter_spaces.space.components.group import Group
from jupyter_spaces.space.components.highlighted_text import HighlightedText
from jupyter_spaces.space.components.image import Image
from jupyter_spaces.space.components.json_component import JSON
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.label import Label
from jupyter_spaces.space.components.markup import markdown_to_html, sanitise_html, sanitise_svg
from jupyter_spaces.space.components.mask import ImageMask, MaskedImage
from jupyter_spaces.space.components.model3d import Model3D
from jupyter_spaces.space.components.number import Number, Slider
from jupyter_spaces.space.components.plot import Plot, PlotData
from jupyter_spaces.space.components.registry import register_component, registered_components
from jupyter_spaces.space.components.text import HTML, Code, Markdown, Textbox
from jupyter_spaces.space.components.video import Video

__all__ = [
    "HTML",
    "JSON",
    "MISSING",
    "AnnotatedImage",
    "Audio",
    "Blob",
    "BlobComponent",
    "Chatbot",
    "Checkbox",
    "CheckboxGroup",
    "Choice",
    "ChoiceComponent",
    "Code",
    "ColorPicker",
    "Component",
    "Dataframe",
    "DateTime",
    "Dropdown",
    "File",
    "FileComponent",
    "Files",
    "Gallery",
    "Group",
    "HighlightedText",
    "Image",
    "ImageMask",
    "Json",
    "Label",
    "Markdown",
    "MaskedImage",
    "Message",
    "Missing",
    "Model3D",
    "Number",
    "Plot",
    "PlotData",
    "Radio",
    "Slider",
    "Textbox",
    "Video",
    "markdown_to_html",
    "read_wav",
    "register_component",
    "registered_components",
    "sanitise_html",
    "sanitise_svg",
    "write_wav",
]
