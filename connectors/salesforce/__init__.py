"""Salesforce as a Source and a Destination."""
