"""Speaking to HubSpot and Salesforce. Knows nothing of stages or definitions and never imports syncd."""
