"""DateTime: a moment or a day.

Whether a moment carries a time zone is declared, never guessed: a naive moment that silently became UTC, or the other
way round, is wrong by hours and looks right.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

Moment = datetime.datetime | datetime.date

# Stricter than datetime.fromisoformat, which also reads week dates and formats without separators.
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?)"


@register_component
@dataclass(frozen=True, eq=False)
class DateTime(Component[Moment]):
    """A datetime.datetime, or with `date=True` a datetime.date; ISO 8601 on the wire.

    `aware=False`: without a time zone, as the clock on the visitor's wall; `aware=True`: always with one.
    """

    kind = "datetime"

    date: bool = False
    minimum: Moment | None = None
    maximum: Moment | None = None
    aware: bool = False

    def check_definition(self) -> None:
        if self.date and self.aware:
            raise DefinitionError("DateTime has date=True and aware=True: a day has no time zone.")
        for option in ("minimum", "maximum"):
            if getattr(self, option) is not None:
                try:
                    self._check_type(getattr(self, option))
                except InputError as error:
                    raise DefinitionError(f"The {option} of this DateTime is refused: {error}") from error
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise DefinitionError(f"DateTime has minimum={self.minimum} after maximum={self.maximum}.")

    def check_value(self, value: object) -> Moment:
        moment = self._check_type(value)
        if self.minimum is not None and moment < self.minimum:
            raise InputError(f"{moment} is before the minimum {self.minimum}.")
        if self.maximum is not None and moment > self.maximum:
            raise InputError(f"{moment} is after the maximum {self.maximum}.")
        return moment

    def dump_value(self, value: Moment) -> Json:
        return value.isoformat()

    def load_value(self, data: Json) -> Moment:
        if not isinstance(data, str):
            raise refuse(data, f"text such as '{self._sample()}'")
        kind = datetime.date if self.date else datetime.datetime
        try:
            # A zone is read even where none is accepted, so that the refusal can say what is wrong.
            if re.fullmatch(_DAY if self.date else f"{_DAY}{_TIME}{_ZONE}?", data):
                return self.check_value(kind.fromisoformat(data))
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{shown(data)} is not a {self._noun()}: {error}.") from None
        raise InputError(f"{shown(data)} is not a {self._noun()}: write it as '{self._sample()}'.")

    def value_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "pattern": f"^{self._pattern()}$", "maxLength": 40}
        if self.date:
            schema["format"] = "date"
        elif self.aware:
            schema["format"] = "date-time"
        # JSON Schema has no order on text; the names are those of its numbers.
        for option, bound in (("x-minimum", self.minimum), ("x-maximum", self.maximum)):
            if bound is not None:
                schema[option] = bound.isoformat()
        return schema

    def example_value(self) -> Moment:
        for bound in (self.minimum, self.maximum):
            if bound is not None:
                return bound
        return self._sample() if self.date else self._moment()

    def text_of(self, value: Moment) -> str:
        return str(value)

    def _check_type(self, value: object) -> Moment:
        is_moment = isinstance(value, datetime.datetime)  # also a datetime.date, by inheritance
        if self.date:
            if is_moment or not isinstance(value, datetime.date):
                raise refuse(value, "a datetime.date")
            return value
        if not isinstance(value, datetime.datetime):
            raise refuse(value, "a datetime.datetime")
        if self.aware and value.utcoffset() is None:
            raise InputError(f"{value} has no time zone, which is needed here: give it a tzinfo.")
        if not self.aware and value.tzinfo is not None:
            raise InputError(f"{value} has a time zone, which is not accepted here (the author may write aware=True).")
        return value

    def _pattern(self) -> str:
        if self.date:
            return _DAY
        return _DAY + _TIME + _ZONE if self.aware else _DAY + _TIME

    def _noun(self) -> str:
        return "date" if self.date else "date and time with a time zone" if self.aware else "date and time"

    def _sample(self) -> Moment:
        return datetime.date(2026, 1, 31) if self.date else self._moment()

    def _moment(self) -> datetime.datetime:
        return datetime.datetime(2026, 1, 31, 12, 30, tzinfo=datetime.UTC if self.aware else None)
