"""Lists with consequences: the seriously dishonest, key supervision, abnormal operations; getting off them; exit."""
