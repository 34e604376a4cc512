"""Floor 4: one folder per system of the policy. Systems do not import each other; they meet in core."""
