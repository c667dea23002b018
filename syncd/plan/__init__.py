"""From verdicts to changes: what Salesforce holds against what it shall hold. Pure."""
