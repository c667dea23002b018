"""One shared definition of MQL, SQL and SQO, kept true in HubSpot and Salesforce."""

__version__ = "0.1.0"
