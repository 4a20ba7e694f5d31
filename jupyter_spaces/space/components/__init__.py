"""Components as data: every kind of input and output, without a widget in sight. See `base` for the contract."""

from jupyter_spaces.space.components.base import MISSING, Component, Missing
from jupyter_spaces.space.components.blobs import Blob, BlobComponent
from jupyter_spaces.space.components.checkbox import Checkbox
from jupyter_spaces.space.components.choices import CheckboxGroup, Choice, ChoiceComponent, Dropdown, Radio
from jupyter_spaces.space.components.file import File, FileComponent, Files
from jupyter_spaces.space.components.gallery import Gallery
from jupyter_spaces.space.components.image import Image
from jupyter_spaces.space.components.json_component import JSON
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.number import Number, Slider
from jupyter_spaces.space.components.registry import register_component, registered_components
from jupyter_spaces.space.components.text import HTML, Code, Markdown, Textbox

__all__ = [
    "HTML",
    "JSON",
    "MISSING",
    "Blob",
    "BlobComponent",
    "Checkbox",
    "CheckboxGroup",
    "Choice",
    "ChoiceComponent",
    "Code",
    "Component",
    "Dropdown",
    "File",
    "FileComponent",
    "Files",
    "Gallery",
    "Image",
    "Json",
    "Markdown",
    "Missing",
    "Number",
    "Radio",
    "Slider",
    "Textbox",
    "register_component",
    "registered_components",
]
