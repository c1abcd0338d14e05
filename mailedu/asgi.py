"""The ASGI application: static files, Django's views, websockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mailedu.settings")

from django.core.asgi import get_asgi_application  # noqa: E402

django = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402

from mailedu.lab.identity import with_session  # noqa: E402
from mailedu.lab.routing import websocket_urlpatterns  # noqa: E402
from mailedu.origins import own_pages_only  # noqa: E402
from mailedu.static import static_files  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": static_files(django),
        "websocket": own_pages_only(
            CookieMiddleware(with_session(URLRouter(websocket_urlpatterns)))
        ),
    }
)
