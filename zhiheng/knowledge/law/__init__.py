"""Law as data: statutes with their editions, procedures with their steps, and the clocks that run in them."""
