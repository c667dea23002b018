"""simple-salesforce without what it loads and we never call."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import requests

from connectors.errors import Unreachable
from connectors.records import System

if TYPE_CHECKING:
    from collections.abc import Callable

    from simple_salesforce.api import Salesforce as Library

UNCALLED = {"simple_salesforce.metadata": "SfdcMetadataApi", "simple_salesforce.login": "SalesforceLogin"}
"""Its client for metadata and its logins, by module. They bring in SOAP, XML and cryptography: 15 MB of a service that
may have 120, and a tenth of a second of each command.
"""


@cache
def library() -> type[Library]:
    """The library's class for one org, reading JSON by orjson: its own way asks for ordered dicts, at a multiple.

    What was left out is loaded if anybody calls it after all.
    """
    absent = {module: _later(module, name) for module, name in UNCALLED.items() if module not in sys.modules}
    sys.modules.update(absent)
    try:
        from simple_salesforce.api import Salesforce as Library  # noqa: PLC0415  waits for the first call
    finally:
        for module in absent:
            del sys.modules[module]

    class Quick(Library):
        def parse_result_to_json(self, result: requests.Response) -> Any:
            """As the library's. Raises Unreachable for null, whose length the library would ask for."""
            if (told := result.json()) is None:
                raise Unreachable(System.SALESFORCE, "an answer of null")
            return told

    return Quick


def _later(module: str, name: str) -> ModuleType:
    """A module whose one function loads the real one, and calls that."""

    def call(*arguments: Any, **options: Any) -> Any:
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function(*arguments, **options)

    stand_in = ModuleType(module)
    setattr(stand_in, name, call)
    return stand_in
