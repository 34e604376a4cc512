"""How dates are written into forms, where Django's own would not do (``FORMAT_MODULE_PATH``)."""
