"""Works: what their acceptances came to (Y04). The rest of construction has no room yet."""
