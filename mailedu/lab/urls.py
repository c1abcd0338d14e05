from django.urls import path

from mailedu.lab import views

urlpatterns = [
    path("", views.start, name="start"),
    path("try/", views.try_it, name="try"),
    path("card/", views.card, name="card"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/reset/", views.reset, name="reset"),
    path("mailbox/leave/", views.leave, name="leave"),
    path("mailbox/<address>/<path:folder>/<int:uid>/", views.message, name="message"),
    path("console/<slug:name>/", views.console, name="console"),
    path("watch/", views.watch, name="watch"),
    path("transcripts/<slug:id>.txt", views.transcript_text, name="transcript-text"),
    path("transcripts/<slug:id>/", views.transcript, name="transcript"),
    path("connect/", views.connect, name="connect"),
    path("trust/", views.trust, name="trust"),
    path("trust/ca.crt", views.ca_certificate, name="ca-certificate"),
    path("learn/", views.learn, name="learn"),
    path("reference/<slug:name>/", views.reference, name="reference"),
    path("privacy/", views.privacy, name="privacy"),
    path("admin/logout/", views.sign_out),  # goes before the admin's own
]
