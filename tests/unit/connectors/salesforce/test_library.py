import subprocess
import sys

WITHOUT_SOAP = """
import sys
from connectors.salesforce.library import library
library()
print([name for name in ("zeep", "lxml", "jwt", "cryptography") if name in sys.modules])
"""
ASKED_AFTER_ALL = """
from connectors.salesforce.library import library
library()
import simple_salesforce
try:
    simple_salesforce.SalesforceLogin(username="ann")
except simple_salesforce.SalesforceAuthenticationFailed:
    print("the library's own login was asked")
from simple_salesforce.metadata import SfdcMetadataApi
print(SfdcMetadataApi.__name__)
"""


def said_by(program: str) -> str:
    """What a fresh interpreter says: this one has loaded the library already, or some of it."""
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def test_the_library_is_loaded_without_its_soap_client_and_its_logins():
    assert said_by(WITHOUT_SOAP) == "[]"


def test_what_the_library_was_loaded_without_is_there_for_who_asks():
    assert said_by(ASKED_AFTER_ALL) == "the library's own login was asked\nSfdcMetadataApi"
