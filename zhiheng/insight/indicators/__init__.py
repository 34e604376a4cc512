"""The numbers, each from rows that can be listed. No figure is kept: it is counted when it is asked for."""
