"""People who are to be forgotten, who were erased in a CRM, and who are kept away since."""
