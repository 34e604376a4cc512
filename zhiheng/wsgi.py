"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
application = get_wsgi_application()

# What is loaded now stays for good. Left to itself the collector would walk through all of it again and again
# while a scope of a hundred thousand things is put together.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
