"""The case engine: a procedure's edition from the law, its steps, clocks, documents, and the links between cases."""
