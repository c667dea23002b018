"""The page: what syncd knows, to be looked at in a browser. Nothing on it writes to a CRM."""
