"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from zhiheng.serving import leave_with_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
application = get_wsgi_application()
leave_with_server()

# What is loaded now stays for good. Left to itself the collector would walk through all of it again and again
# while a scope of a hundred thousand things is put together.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
