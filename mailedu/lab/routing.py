from django.urls import path

from mailedu.lab.consumers import LabSocket

websocket_urlpatterns = [path("ws/lab/", LabSocket.as_asgi())]
