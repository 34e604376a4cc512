"""Farm products: what routine monitoring found, and what became of each failing sample (Y02)."""
