"""An emulated Salesforce org, stateful and strict; serves `syncd demo` and the tests."""

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.org import SalesforceOrg

__all__ = ["Refusal", "SalesforceOrg"]
