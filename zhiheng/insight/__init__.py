"""What the records say: indicators, each with its interval or the reason for having none, down to the rows."""
