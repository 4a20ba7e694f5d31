"""The static form of every kind of component. Importing this package tells `snapshots` about all of them."""

from jupyter_spaces.space import components as c
from jupyter_spaces.space.components.text import TextComponent
from jupyter_spaces.widgets.snapshots import picture_bundle, register_html
from jupyter_spaces.widgets.stills import chat, labels, media, pictures, plot, table, text

register_html(c.Component, text.json_html)
register_html(TextComponent, text.text_html)
register_html(c.Textbox, text.textbox_html)
register_html(c.Code, text.code_html)
register_html(c.Markdown, text.markdown_html)
register_html(c.HTML, text.html_html)
register_html(c.Group, text.group_html)
register_html(c.ColorPicker, text.color_html)
for _short in (c.Number, c.Checkbox, c.ChoiceComponent, c.DateTime):
    register_html(_short, text.line_html)
register_html(c.Image, pictures.image_html, picture_bundle)
register_html(c.Gallery, pictures.gallery_html)
register_html(c.ImageMask, pictures.mask_html)
register_html(c.AnnotatedImage, pictures.annotated_html)
register_html(c.Audio, media.audio_html)
register_html(c.Video, media.video_html)
register_html(c.File, media.file_html)
register_html(c.Model3D, media.file_html)
register_html(c.Files, media.files_html)
register_html(c.Label, labels.label_html)
register_html(c.HighlightedText, labels.highlighted_html)
register_html(c.Dataframe, table.table_html)
register_html(c.Plot, plot.plot_html, plot.plot_bundle)
register_html(c.Chatbot, chat.chat_html)
