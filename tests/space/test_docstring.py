"""Docstrings of the three customs give the summary and a help text per parameter."""

from jupyter_spaces.space.docstring import parse_docstring


def test_a_google_docstring() -> None:
    doc = parse_docstring(
        """Paint a picture
        of the prompt.

        Uses the model of the notebook.

        Args:
            prompt: What to paint: anything
                that has a shape.
            steps (int, optional): How long to think.
            *args: Nothing.

        Returns:
            The picture.

        Raises:
            ValueError: never
        """
    )
    assert doc.summary == "Paint a picture of the prompt."
    assert doc.description == "Paint a picture\nof the prompt.\n\nUses the model of the notebook."
    assert doc.parameters["prompt"] == "What to paint: anything that has a shape."
    assert doc.parameters["steps"] == "How long to think."
    assert doc.returns == "The picture."
    assert "ValueError" not in doc.parameters


def test_a_numpy_docstring() -> None:
    doc = parse_docstring(
        """Paint.

        Parameters
        ----------
        prompt : str
            What to paint.
        width, height : int
            Pixels.

        Returns
        -------
        PIL.Image.Image
            The picture.
        """
    )
    assert doc.summary == "Paint."
    assert doc.parameters == {"prompt": "What to paint.", "width": "Pixels.", "height": "Pixels."}


def test_a_sphinx_docstring() -> None:
    doc = parse_docstring(
        """Paint.

        :param prompt: What to paint,
            in one line.
        :param int steps: How long to think.
        :type steps: int
        :returns: The picture.
        """
    )
    assert doc.description == "Paint."
    assert doc.parameters == {"prompt": "What to paint, in one line.", "steps": "How long to think."}
    assert doc.returns == "The picture."


def test_text_without_sections_is_all_description() -> None:
    assert parse_docstring("Just: words\n\nargs are fine").description == "Just: words\n\nargs are fine"
    assert parse_docstring(None).summary == ""


def test_text_behind_an_indented_section_belongs_to_the_description_again() -> None:
    doc = parse_docstring("Paint.\n\nArgs:\n    prompt: What.\n\nMore words.")
    assert doc.parameters == {"prompt": "What."}
    assert doc.description.endswith("More words.")


def test_an_empty_section_is_harmless() -> None:
    assert parse_docstring("Paint.\n\nArgs:\n").parameters == {}
