"""Spaces: typed functions as apps, as data. Knows no Jupyter, no HTTP and no torch. See `space.py`."""

from jupyter_spaces.hosts import has_host, host, register_host
from jupyter_spaces.space.chain_run import ChainRun
from jupyter_spaces.space.endpoint import BatchOptions, Endpoint, Parameter, Result
from jupyter_spaces.space.events import Chain, Condition, Kind, Step
from jupyter_spaces.space.examples import Example
from jupyter_spaces.space.flagging import FlagLog
from jupyter_spaces.space.inference import component_for
from jupyter_spaces.space.layout import (
    Accordion,
    Box,
    ButtonSlot,
    Column,
    Form,
    Group,
    Layout,
    Node,
    Row,
    Slot,
    StateSlot,
    Tab,
    Tabs,
    Timer,
)
from jupyter_spaces.space.registry import SpaceRegistry, spaces
from jupyter_spaces.space.report import Case, Report
from jupyter_spaces.space.runtime import Runtime
from jupyter_spaces.space.schema import canonical_json, schema_hash
from jupyter_spaces.space.session import NOTEBOOK, Session, Sessions, current_session
from jupyter_spaces.space.signature import EndpointOptions, read_endpoint
from jupyter_spaces.space.source import one_line, value_source
from jupyter_spaces.space.space import Space
from jupyter_spaces.space.update import Update, When, update, when

__all__ = [
    "NOTEBOOK",
    "Accordion",
    "BatchOptions",
    "Box",
    "ButtonSlot",
    "Case",
    "Chain",
    "ChainRun",
    "Column",
    "Condition",
    "Endpoint",
    "EndpointOptions",
    "Example",
    "FlagLog",
    "Form",
    "Group",
    "Kind",
    "Layout",
    "Node",
    "Parameter",
    "Report",
    "Result",
    "Row",
    "Runtime",
    "Session",
    "Sessions",
    "Slot",
    "Space",
    "SpaceRegistry",
    "StateSlot",
    "Step",
    "Tab",
    "Tabs",
    "Timer",
    "Update",
    "When",
    "canonical_json",
    "component_for",
    "current_session",
    "has_host",
    "host",
    "one_line",
    "read_endpoint",
    "register_host",
    "schema_hash",
    "spaces",
    "update",
    "value_source",
    "when",
]
