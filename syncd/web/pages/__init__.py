"""One module per page: each turns what somebody asks for into the context of its template."""
